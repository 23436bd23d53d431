import { Http } from '../../../src/index.ts'
import { inBoth, type Kind, placed } from '../kind.ts'

const unharmed = inBoth({ innocents: 'nothing', named: [], ends: 'done' })
const calls = 10

const kinds: Kind[] = [
  {
    name: 'body-unread',
    about: 'does not read the answers of `Http`, on sockets that are kept alive',
    class: 'contained',
    ...inBoth({ innocents: 'nothing', named: ['job.zombie'], ends: 'done' }),
    answer: 'told as left behind; the connection is closed, and nobody reads what is left on it',
    async act({ service, did }) {
      for (let i = 0; i < calls; i++) await Http.get(`${service}/big`)
      did(`${calls} bodies unread`)
    },
  },
  {
    name: 'body-cut',
    about: 'reads the first bytes of an answer, and goes away',
    class: 'contained',
    ...unharmed,
    answer: 'the same',
    async act({ service, did }) {
      for (let i = 0; i < calls; i++) {
        const { body } = await fetch(`${service}/big`)
        await body!.getReader().read()
      }
      did(`${calls} bodies begun`)
    },
  },
  {
    name: 'socket-dirty',
    about: 'gives a socket with an unread answer back to a pool of its own making',
    class: 'uncontained',
    ...inBoth({ innocents: 'disturbed', named: [], ends: 'done' }),
    thread: { innocents: 'nothing', named: [], ends: 'done' },
    answer: 'a pool must check what comes back to it: our facades do; `defineFacade`, or a library that does',
    async act({ pool, did }) {
      for (let i = 0; i < calls; i++) {
        const socket = await pool.borrow()
        socket.write('not for you\n')
        pool.giveBack(socket)
      }
      did(`${calls} sockets given back`)
    },
  },
]

export const socketKinds = placed(import.meta.filename, kinds)
