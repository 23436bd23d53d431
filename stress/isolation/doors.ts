import { EventEmitter } from 'node:events'
import { stat } from 'node:fs/promises'
import { bind, current, defineService, Http, RateLimit } from '../../src/index.ts'
import type { JobContext } from '../../src/job/context.ts'
import type { LinePool } from './line-pool.ts'

/** Where a door leads. */
export interface Place {
  /** Origin of the service that gives back what it is sent. */
  service: string
  /** How long a call may take; as long as the job by default. */
  callMs?: number
}

/** A way on which a job's value goes out and comes back: what comes back must be what went out. */
export interface Door {
  name: string
  visit(tag: string, job: JobContext, place: Place): unknown
}

const owner = defineService('owner', (job) => ({ id: job.id, tag: job.scope.get('tag') }))
const turns = RateLimit.for('isolation-doors', { concurrencyMax: 500 })
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
/** What whoever runs now has kept under its name. */
const mine = () => current().scope.get('tag')

const sandbox: Door[] = [
  { name: 'current() after a timer', visit: async () => pause(1).then(mine) },
  {
    name: 'current() in callbacks',
    visit: () =>
      new Promise((resolve, reject) => {
        const steps = [setImmediate, queueMicrotask, process.nextTick, (next: () => void) => setTimeout(next, 1)]
        const tags = new Set<unknown>()
        const next = () => {
          try {
            tags.add(mine())
            const step = steps.shift()
            if (step === undefined) resolve([...tags].join(' and '))
            else step(next)
          } catch (error) {
            reject(error as Error)
          }
        }
        next()
      }),
  },
  {
    name: 'current() in a bound listener',
    visit: () =>
      new Promise(
        (resolve) =>
          void shout.once(
            'shout',
            bind(() => resolve(mine())),
          ),
      ),
  },
  { name: 'current() after file I/O', visit: async () => stat(import.meta.filename).then(mine) },
  {
    name: 'a service of the job',
    visit: async (_tag, job) => {
      const made = job.scope.get(owner)
      await pause(1)
      return owner.get() === made && made.id === job.id ? made.tag : `that of ${made.id}`
    },
  },
  { name: 'RateLimit', visit: () => turns.run(async () => pause(1).then(mine)) },
]

/** One for the process, on which many jobs listen: each listener must run inside its own job. */
const shout = new EventEmitter().setMaxListeners(0)
setInterval(() => shout.emit('shout'), 5).unref()

const http: Door[] = [
  {
    name: 'Http',
    visit: async (tag, _job, { service, callMs }) => {
      const options = { json: { tag }, ...(callMs !== undefined && { timeoutMs: callMs }) }
      return (await (await Http.post(`${service}/echo`, options)).throw().json<{ tag: string }>()).tag
    },
  },
  {
    name: 'fetch',
    visit: async (tag, _job, { service }) => (await fetch(`${service}/echo`, { method: 'POST', body: tag })).text(),
  },
]

export const doors: readonly Door[] = [...sandbox, ...http]

/** A pool of the user's own, which nobody guards. */
export function lineDoor(pool: LinePool): Door {
  return { name: "a user's pool of sockets", visit: (tag) => pool.ask(tag) }
}
