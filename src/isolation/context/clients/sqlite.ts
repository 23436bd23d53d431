import type { DatabaseSync } from 'node:sqlite'
import type { Look } from '../observe.ts'
import { known } from './client.ts'

/** Synchronous, but for functions that SQL calls. */
export const sqlite = known<DatabaseSync>({
  name: 'node:sqlite',
  aliases: ['sqlite'],
  packages: [],
  schemes: [],
  variables: [],
  probe: () => ({
    open: async () => new (await import('node:sqlite')).DatabaseSync(':memory:'),
    close: (database) => database.close(),
    ways: [
      {
        style: 'promise',
        what: 'statement.get()',
        async run(database, look: Look) {
          await Promise.resolve(database.prepare('SELECT 1').get())
          look()
        },
      },
      {
        style: 'callback',
        what: 'database.function(name, callback)',
        run(database, look: Look) {
          database.function('look', () => (look(), 1))
          database.prepare('SELECT look()').get()
        },
      },
    ],
  }),
})
