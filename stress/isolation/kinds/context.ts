import { AsyncLocalStorage } from 'node:async_hooks'
import { current, maybeCurrent } from '../../../src/index.ts'
import { inBoth, type Kind, placed } from '../kind.ts'

const unharmed = inBoth({ innocents: 'nothing', named: [], ends: 'done' })
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const foreign = new AsyncLocalStorage<string>()
/** The handle of a job of another, where one can be got at. */
let stolen: unknown

const kinds: Kind[] = [
  {
    name: 'enter-foreign',
    about: 'calls `enterWith` of an AsyncLocalStorage of its own',
    class: 'contained',
    ...unharmed,
    answer: 'each job begins in the context of the process',
    async act({ did, afterwards, n }) {
      if (foreign.getStore() !== undefined) afterwards(() => [`it began in ${foreign.getStore() ?? 'nothing'}`])
      foreign.enterWith(`hostile ${n}`)
      await pause(20)
      did(foreign.getStore() ?? 'lost')
      afterwards(() => (foreign.getStore() === undefined ? [] : ['the process was left in it']))
    },
  },
  {
    name: 'enter-ours',
    about: 'enters the handle of another job, by the symbol that our storage is kept under',
    class: 'contained',
    ...unharmed,
    answer: 'it deceives itself: only its own flow sees the other job',
    async act({ did, n, job }) {
      const ours = (globalThis as never)[Symbol.for('fiber-work.storage')] as AsyncLocalStorage<unknown>
      if (n === 0) {
        stolen = ours.getStore()
        await pause(300)
        did(current() === job ? 'stays itself' : 'is another')
        return
      }
      for (let i = 0; i < 100 && stolen === undefined; i++) await pause(5)
      ours.enterWith(stolen)
      did(maybeCurrentId() === job.id ? 'could not enter' : 'entered another')
      await pause(20)
    },
  },
  {
    name: 'empties-context',
    about: 'leaves the context of its job, and calls with none',
    class: 'contained',
    ...unharmed,
    answer: 'what it then calls is bound to nothing',
    async act({ did, service }) {
      const ours = (globalThis as never)[Symbol.for('fiber-work.storage')] as AsyncLocalStorage<unknown>
      await ours.exit(async () => {
        did(maybeCurrent() === undefined ? 'outside' : 'still inside')
        await (await fetch(`${service}/echo`, { method: 'POST', body: 'x' })).text()
      })
    },
  },
  {
    name: 'own-context',
    about: 'overwrites and freezes what it knows of its job',
    class: 'contained',
    ...unharmed,
    answer: 'each job has an object of its own',
    act({ did, job }) {
      for (const key of ['id', 'attempt', 'signal', 'log', 'scope', 'defer']) {
        try {
          Object.defineProperty(job, key, { value: 'hostile', configurable: true })
        } catch {}
      }
      Object.freeze(job)
      did(`its id is ${job.id}`)
    },
  },
  {
    name: 'shadow-prototype',
    about: 'changes a method for all jobs, through the prototype of its own job',
    class: 'uncontained',
    ...inBoth({ innocents: 'disturbed', named: [], ends: 'done' }),
    thread: { innocents: 'nothing', named: [], ends: 'done' },
    answer: "it reaches into our own classes, on purpose: no accident does; `lane: 'thread'` has classes of its own",
    act({ did, job }) {
      const prototype = Object.getPrototypeOf(job) as { id: string }
      Object.defineProperty(prototype, 'id', { get: () => 'hostile', configurable: true })
      did('replaced')
    },
  },
]

function maybeCurrentId(): string | undefined {
  try {
    return maybeCurrent()?.id
  } catch {
    return 'that of a job that has ended'
  }
}

export const contextKinds = placed(import.meta.filename, kinds)
