import { FiberWorkError } from '../contract/errors.ts'
import type { Question, Questions } from '../contract/fleet.ts'
import type { Health } from '../contract/health.ts'
import type { Worker } from './worker.ts'

/** How a worker's process answers each question. */
export type Answers = {
  [Q in Question]: (value: Questions[Q]['with']) => Questions[Q]['answer'] | Promise<Questions[Q]['answer']>
}

/** What knows the answers that the worker itself does not have. Without it there are none. */
export interface Tellers {
  metrics?: Answers['metrics']
  jobLog?: Answers['jobLog']
  /** Why a worker that starts cannot go on, while it cannot. */
  held?: () => string | undefined
}

function starting(held: string | undefined): Health {
  return {
    ok: held === undefined,
    reasons: [held ?? 'the worker is starting'],
    state: 'starting',
    running: 0,
    answeredMsAgo: 0,
    leaseKeptBy: 'beats',
  }
}

/** The one table of answers. `worker` is undefined while it starts: what only a worker can do throws `FW_WORKER_STARTING` until then. */
export function answersOf(worker: () => Worker | undefined, tellers: Tellers = {}): Answers {
  const now = () => {
    const one = worker()
    if (one !== undefined) return one
    throw new FiberWorkError('FW_WORKER_STARTING', 'The worker is starting.')
  }
  return {
    health: () => worker()?.health() ?? starting(tellers.held?.()),
    snapshot: () => now().snapshot(),
    metrics: tellers.metrics ?? (() => worker()?.metrics() ?? []),
    jobLog: tellers.jobLog ?? (() => undefined),
    setConcurrency({ concurrency, queue }) {
      checkConcurrency(concurrency, queue === undefined ? 1 : 0)
      const one = now()
      if (queue === undefined) one.setConcurrency(concurrency)
      else if (one.queues.includes(queue)) one.setQueueConcurrency(queue, concurrency)
      else
        throw new FiberWorkError('FW_QUEUE_UNKNOWN', `This worker has no queue "${queue}"; it works ${namesOf(one)}.`)
      return concurrency
    },
    pause() {
      now().pause()
      return true
    },
    resume() {
      now().resume()
      return true
    },
  }
}

const concurrencyMax = 100_000

function checkConcurrency(concurrency: number, least: number): void {
  if (Number.isInteger(concurrency) && concurrency >= least && concurrency <= concurrencyMax) return
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `The concurrency is ${JSON.stringify(concurrency)}; allowed is an integer from ${least} to ${concurrencyMax}.`,
  )
}

function namesOf({ queues }: Worker): string {
  return queues.slice(0, 10).join(', ') + (queues.length > 10 ? ', …' : '')
}
