import { beforeEach, describe } from 'vitest'
import { join } from 'node:path'
import { sharedServer, sqliteAt } from '../../test/support/db.ts'
import { outboxLaws } from '../../test/support/outbox-laws.ts'
import { folder } from '../../test/support/sqlite.ts'

describe('sqlite', () => {
  let file: string
  beforeEach(() => (file = join(folder(), 'app.db')))
  outboxLaws(() => sqliteAt(file))
})

for (const kind of ['postgres', 'mysql'] as const) {
  const server = await sharedServer(kind)
  describe.skipIf(server === undefined)(`${kind}${server === undefined ? ' (needs a server)' : ''}`, () => {
    outboxLaws(() => server!)
  })
}
