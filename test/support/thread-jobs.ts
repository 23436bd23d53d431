import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, threadId } from 'node:worker_threads'
import * as z from 'zod'
import {
  bind,
  current,
  defineJob,
  defineService,
  GiveUp,
  Http,
  maybeCurrent,
  RetryIn,
  Snooze,
  unchecked,
} from '../../src/index.ts'

const outside = AsyncLocalStorage.snapshot()

// Handlers that tests run in threads. Each thread imports this file again.

export const where = defineJob('where', { lane: 'thread', queue: 'threads' }, () => ({ isMainThread, threadId }))

export const seen = defineJob('seen', { lane: 'thread', queue: 'threads', attempts: 7, tenant: 'acme' }, (_, job) => {
  const { id, name, queue, group, tenant, priority, tags, headers, attempt, attemptsMax, crashes, enqueuedAtMs } = job
  const facts = { id, name, queue, group, tenant, priority, tags, headers, attempt, attemptsMax, crashes, enqueuedAtMs }
  return { ...facts, remainingMs: job.remainingMs(), same: current() === job }
})

export const typed = defineJob(
  'typed',
  { lane: 'thread', queue: 'threads', input: z.object({ at: z.coerce.date(), many: z.array(z.number()) }) },
  ({ at, many }) => ({ year: at.getUTCFullYear(), sum: many.reduce((a, b) => a + b, 0) }),
)

const lent = defineService(
  'lent',
  (job) => ({ of: job.id }),
  (value) => void current().log.info('given back', value),
)

export const child = defineJob('child', { queue: 'children' }, (_, { tenant }) => tenant)

export const busy = defineJob(
  'busy',
  { lane: 'thread', queue: 'threads', input: unchecked<{ url: string }>() },
  async ({ url }, job) => {
    job.progress({ step: 1 })
    job.log.info('begun', { fine: true, bad: () => {} })
    job.scope.set('key', 'value')
    job.defer(function last() {
      job.log.info('deferred', { in: maybeCurrent()?.id === job.id })
    })
    const { of } = job.scope.get(lent)
    const heard = await new Promise((resolve) =>
      setTimeout(
        bind(() => resolve(maybeCurrent()?.id)),
        1,
      ),
    )
    const followUp = await job.enqueue(child, undefined, { tenant: 'acme' })
    const answer = await Http.get(url)
    const plain = await fetch(url)
    return {
      own: of === job.id && heard === job.id && job.scope.get('key') === 'value',
      followUp,
      statuses: [answer.status, plain.status],
      trace: job.headers['traceparent'],
    }
  },
)

class Own extends Error {
  override readonly name = 'Own'
  readonly detail: number
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.detail = 7
  }
}

/** Ends as it is told to. */
export const ends = defineJob(
  'ends',
  { lane: 'thread', queue: 'threads', attempts: 2, backoff: { kind: 'fixed', baseMs: 1 }, input: unchecked<string>() },
  async (how) => {
    switch (how) {
      case 'snooze':
        throw new Snooze(86_400_000)
      case 'retryIn':
        throw new RetryIn(86_400_000, 'later')
      case 'giveUp':
        throw new GiveUp('no hope')
      case 'own':
        throw new Own('a plain one', { cause: new TypeError('below', { cause: { port: 1 } }) })
      case 'http':
        return Http.get('nonsense:')
      case 'text':
        throw 'just text'
      case 'function':
        return { deep: [() => {}] }
      case 'exit':
        return process.exit(3)
      case 'caught exit':
        try {
          process.exit(4)
        } catch {
          return 'fine'
        }
      case 'kill':
        return process.kill(process.pid, 'SIGKILL')
      case 'hard exit':
        // Out of its sandbox, where nothing traps it.
        return outside(() => (process as unknown as { reallyExit(code: number): never }).reallyExit(5))
      case 'rejection':
        void Promise.reject(new Error('floating'))
        return sleep(20)
      case 'exception':
        setTimeout(() => {
          throw new Error('in a timer')
        }, 1)
        return sleep(5_000)
      case 'late exception':
        setTimeout(() => {
          throw new Error('left behind')
        }, 100)
        return how
      case 'memory': {
        const kept: unknown[] = []
        for (;;) kept.push(Array.from({ length: 1_000 }, (_, index) => ({ index })))
      }
      case 'buffers': {
        const kept = Array.from({ length: 30 }, () => Buffer.alloc(10 * 2 ** 20, 1))
        for (;;) if (kept.length === 0) return
      }
      case 'env':
        process.env['FIBER_WORK_IN_THREAD'] = 'changed'
        return process.env['FIBER_WORK_IN_THREAD']
      case 'chdir':
        return process.chdir('/')
      default:
        return how
    }
  },
)

export const hungry = defineJob('hungry', { ...ends.options, attempts: 1, memoryMbMax: 16 }, ends.run)

export const uncopied = defineJob(
  'uncopied',
  { lane: 'thread', queue: 'threads', input: z.string().transform((text) => () => text) },
  (text) => text(),
)

export const endless = defineJob('endless', { lane: 'thread', queue: 'threads', attempts: 1, timeoutMs: 100 }, () => {
  for (;;);
})

type Waiting = { how: 'obeys' | 'ignores' | 'computes'; ms?: number }

/** Obeys its signal, ignores it but lets its thread's loop turn, or computes past it. */
export const waits = defineJob(
  'waits',
  { lane: 'thread', queue: 'threads', attempts: 1, input: unchecked<Waiting>() },
  async ({ how, ms = 30_000 }, job) => {
    job.progress('waiting')
    if (how === 'computes') {
      for (const end = performance.now() + ms; performance.now() < end;);
      return 'computed'
    }
    if (how === 'ignores') return sleep(ms, 'slept')
    try {
      return await sleep(ms, 'slept', { signal: job.signal })
    } catch {
      job.log.info('stopped', { reason: (job.signal.reason as { code: string }).code })
      throw job.signal.reason
    }
  },
)

export const sticks = defineJob('sticks', { ...waits.options, stuckMs: 200 }, waits.run)

/** A queue of its own with a handler on the loop beside it. */
export const mixed = defineJob('mixed', { lane: 'thread', queue: 'mixed', input: unchecked<number>() }, async (n) => {
  await sleep(20)
  return n
})
export const onLoop = defineJob('on-loop', { queue: 'mixed' }, () => isMainThread)

export const commits = defineJob('commits', { lane: 'thread', queue: 'threads', attempts: 1 }, (_, job) =>
  job.commit(() => 'never'),
)

export const wrapped = defineJob(
  'wrapped',
  {
    lane: 'thread',
    queue: 'threads',
    use: [async (_job, next) => ({ inner: isMainThread, value: await next() })],
  },
  () => 'ran',
)

export function makeLate() {
  return defineJob('late', { lane: 'thread' }, () => {})
}

/** What it was given goes on to another job, and back. */
export const told = defineJob('told', { queue: 'children', input: unchecked<{ say: string }>() }, (input) => input)
export const tells = defineJob(
  'tells',
  { lane: 'thread', queue: 'threads', input: unchecked<{ say: string }>() },
  async (input, job) => {
    await job.enqueue(told, input, { id: 'told' })
    return input
  },
)
