import { createServer } from 'node:net'
import { type Kind, placed } from '../kind.ts'

const zombie: Pick<Kind, 'production' | 'strict'> = {
  production: { innocents: 'nothing', named: [], perhaps: ['job.zombie'], ends: 'done' },
  strict: { innocents: 'nothing', named: ['job.zombie'], ends: 'done' },
}
const answer = 'named with the line that made it, in sampling windows; in strict mode always, and closed'

const kinds: Kind[] = [
  {
    name: 'interval',
    about: 'starts an interval that is never cleared',
    class: 'contained',
    ...zombie,
    answer,
    act({ did }) {
      let ticks = 0
      setInterval(() => void ticks++, 5)
      did('started')
    },
  },
  {
    name: 'server',
    about: 'starts a server, and does not close it',
    class: 'contained',
    ...zombie,
    answer,
    act: async ({ did }) =>
      new Promise<void>((resolve) => {
        createServer().listen(0, '127.0.0.1', () => {
          did('listening')
          resolve()
        })
      }),
  },
]

export const leftKinds = placed(import.meta.filename, kinds)
