/** Ways in which an error gets lost, each as one handler whose functions stand in this file. */
import { EventEmitter } from 'node:events'
import { createReadStream, readFile } from 'node:fs'
import { readFile as readFileAsync } from 'node:fs/promises'
import { get } from 'node:http'
import { connect as openSocket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { bind, defineJob, Http, unchecked } from '../../src/index.ts'

/** Where an error is lost. */
export interface Place {
  /** An emitter on which a bystander emits. */
  shared: EventEmitter
  /** Of an HTTP server, and of the stores. */
  urls: Record<string, string>
}

export interface Stray {
  /** Loses its error, and may still be awaited. */
  lose: (at: Place) => unknown
  /** Of whom the error must be said to be, and how sure that is. `bystander`: who it carries is innocent, and must not be failed. */
  blamed?: { sure: 'owner' | 'suspect'; who?: 'culprit' | 'bystander' }
  /** The error comes when the job has ended: told with its name. */
  afterwards?: boolean
  /** It is no rejection but an exception: the worker has to go. */
  condemns?: boolean
  handledLate?: boolean
  /** More than one job loses the same error. */
  culprits?: number
  /** It needs this server. */
  server?: 'redis' | 'postgres' | 'mysql'
}

const lost = (what: string) => new Error(`lost: ${what}`)
const fail = (what: string): never => {
  throw lost(what)
}
const oneError = lost('shared by two')
const rejected = { blamed: { sure: 'owner' } } as const
const thrown = { blamed: { sure: 'owner' }, condemns: true } as const
const doubtful = { blamed: { sure: 'suspect' }, condemns: true } as const
/** Nobody listens on port 9. */
const refused = { host: '127.0.0.1', port: 9 }

function unreadable(): Error {
  const get = () => fail('a getter')
  return Object.defineProperties(new Error(), { message: { get }, stack: { get } })
}

const kinds = {
  'a floating rejection': { ...rejected, lose: () => void Promise.reject(lost('rejection')) },
  'a rejection with undefined': { ...rejected, lose: () => void Promise.reject(undefined as never) },
  'a rejection with a symbol': { ...rejected, lose: () => void Promise.reject(Symbol('lost') as never) },
  'a frozen error': { ...rejected, lose: () => void Promise.reject(Object.freeze(lost('frozen'))) },
  'an error that cannot be read': { ...rejected, lose: () => void Promise.reject(unreadable()) },
  'an AggregateError': {
    ...rejected,
    lose: () => void Promise.any([Promise.reject(lost('1')), Promise.reject(lost('2'))]),
  },
  'an async function called by a timer': {
    ...rejected,
    // oxlint-disable-next-line typescript/no-misused-promises -- that it is misused is the point
    lose: () => void setTimeout(async () => fail('async in a timer'), 2),
  },
  'an async listener': {
    ...rejected,
    lose() {
      // oxlint-disable-next-line typescript/no-misused-promises -- as above
      const emitter = new EventEmitter().on('event', async () => fail('async listener'))
      setTimeout(() => emitter.emit('event'), 2)
    },
  },
  'a rejection of a plain fetch': { ...rejected, lose: () => void fetch('http://127.0.0.1:9/') },
  'a rejection of Http': { ...rejected, lose: () => void Http.get('http://127.0.0.1:9/', { retry: false }) },
  'a rejection of node:fs': { ...rejected, lose: () => void readFileAsync('/no/such/file') },
  'one error, lost by two jobs': { ...rejected, culprits: 2, lose: () => void Promise.reject(oneError) },
  'a rejection that is handled later': {
    ...rejected,
    handledLate: true,
    async lose() {
      const promise = Promise.reject(lost('handled later'))
      await sleep(10)
      await promise.catch(() => {})
    },
  },
  setTimeout: { ...thrown, lose: () => void setTimeout(() => fail('setTimeout'), 2) },
  setInterval: {
    ...thrown,
    lose() {
      const timer = setInterval(() => (clearInterval(timer), fail('setInterval')), 2)
    },
  },
  setImmediate: { ...thrown, lose: () => void setImmediate(() => fail('setImmediate')) },
  'process.nextTick': { ...thrown, lose: () => process.nextTick(() => fail('nextTick')) },
  queueMicrotask: { ...thrown, lose: () => queueMicrotask(() => fail('microtask')) },
  'a frozen error in a timer': {
    ...thrown,
    lose: () =>
      void setTimeout(() => {
        throw Object.freeze(lost('frozen'))
      }, 2),
  },
  'a callback of node:fs': { ...thrown, lose: () => readFile(import.meta.filename, () => fail('readFile')) },
  "an 'error' event that nobody listens to": {
    ...thrown,
    lose: () => void setTimeout(() => new EventEmitter().emit('error', oneError), 2),
  },
  'an emitted text that nobody listens to': {
    ...thrown,
    lose: () => void setTimeout(() => new EventEmitter().emit('error', 'text'), 2),
  },
  'a bound listener on an emitter that another job emits on': {
    ...thrown,
    lose: ({ shared }) =>
      void shared.once(
        'tick',
        bind(() => fail('bound listener')),
      ),
  },
  'a listener on an emitter that another job emits on': {
    blamed: { sure: 'suspect', who: 'bystander' },
    condemns: true,
    lose: ({ shared }) => void shared.once('tick', () => fail('listener')),
  },
  'null in a timer': {
    ...doubtful,
    lose: () =>
      void setTimeout(() => {
        throw null
      }, 2),
  },
  'an error that cannot be read, in a timer': {
    ...doubtful,
    lose: () =>
      void setTimeout(() => {
        throw unreadable()
      }, 2),
  },
  'a listener on an emitter of its own': {
    ...doubtful,
    lose() {
      const emitter = new EventEmitter().on('event', () => fail('listener'))
      setTimeout(() => emitter.emit('event'), 2)
    },
  },
  'a listener on an EventTarget': {
    ...doubtful,
    lose() {
      const target = new EventTarget()
      target.addEventListener('event', () => fail('EventTarget'))
      setTimeout(() => target.dispatchEvent(new Event('event')), 2)
    },
  },
  'a stream that cannot open its file': { ...doubtful, lose: () => void createReadStream('/no/such/file') },
  'a socket that is refused': { ...doubtful, lose: () => void openSocket(refused) },
  'a callback of node:http': {
    ...doubtful,
    lose({ urls }) {
      get(urls['http']!, (response) => {
        response.resume()
        fail('http')
      })
    },
  },
  "a worker thread's error": {
    ...doubtful,
    lose: () => void new Worker('throw new Error("lost: in a thread")', { eval: true }),
  },
  'a callback of ioredis': {
    ...doubtful,
    server: 'redis',
    async lose({ urls }) {
      const { Redis } = await import('ioredis')
      const client = new Redis(urls['redis']!)
      void client.ping(() => {
        client.disconnect()
        fail('ioredis')
      })
    },
  },
  'a callback of pg': {
    ...doubtful,
    server: 'postgres',
    async lose({ urls }) {
      const { default: pg } = await import('pg')
      const client = new pg.Client(urls['postgres']!)
      await client.connect()
      client.query('SELECT 1', () => {
        void client.end()
        fail('pg')
      })
    },
  },
  'a callback of mysql2': {
    ...doubtful,
    server: 'mysql',
    async lose({ urls }) {
      const { createConnection } = await import('mysql2')
      const client = createConnection(urls['mysql']!)
      client.query('SELECT 1', () => {
        client.destroy()
        fail('mysql2')
      })
    },
  },
  'a rejection after the end': {
    afterwards: true,
    lose: () => void sleep(15).then(() => fail('after the end')),
  },
  'an exception after the end': {
    afterwards: true,
    condemns: true,
    lose: () => void setTimeout(() => fail('after the end'), 15),
  },
} satisfies Record<string, Stray>

export const strays: Record<string, Stray> = kinds

/** What the jobs of one kind have in common: they begin when all of them are there, so that the innocent are in the middle of it. */
export class Meeting {
  readonly #of: number
  readonly #all = Promise.withResolvers<void>()
  #here = 0
  /** On which all listen, and a bystander emits. */
  readonly shared = new EventEmitter()
  /** Who comes now is a second attempt. */
  over = false

  constructor(of: number) {
    this.#of = of
  }

  async everybody(): Promise<void> {
    this.#here++
    if (this.#here === this.#of) this.#all.resolve()
    await this.#all.promise
  }
}

export type Role = 'culprit' | 'bystander' | 'innocent'

/** The definition of a kind: culprit and innocents alike, so that its name alone says nothing. */
export function strayJob(kind: Stray, meeting: Meeting, urls: Record<string, string>) {
  return defineJob('stray', { input: unchecked<Role>(), attempts: 1 }, async (role, job) => {
    if (meeting.over) return
    await meeting.everybody()
    if (role === 'culprit') {
      await kind.lose({ shared: meeting.shared, urls })
      // Until it is told to stop, for one who is blamed.
      if (kind.afterwards !== true) await sleep(500, undefined, { signal: job.signal }).catch(() => {})
      return
    }
    await sleep(20)
    if (role === 'bystander') setTimeout(() => meeting.shared.emit('tick'), 1)
    await sleep(60)
  })
}
