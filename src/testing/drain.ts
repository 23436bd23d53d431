import { on } from '../base/emit.ts'
import { sleep, systemEnv } from '../base/env.ts'
import type { Client } from '../connect/client.ts'
import type { WorkOptions } from '../connect/work.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Events } from '../contract/events.ts'
import type { AnyHandler } from '../job/definition.ts'
import type { Worker } from '../worker/worker.ts'
import type { FakeClock } from './clock.ts'
import { everyJob } from './every-job.ts'
import { driven, type Setting } from './setting.ts'

export interface DrainOptions {
  /** Also what is delayed, retries among it: the store's clock is moved on, nobody waits. Default false. */
  delays?: boolean
  /** More attempts than this are a job that never comes to an end, and an error. Default 10,000. */
  attemptsMax?: number
}

/** How the attempts of one `drain()` ended. */
export interface Drained {
  attempts: number
  done: number
  retried: number
  released: number
  dead: number
  cancelled: number
  quarantined: number
}

/** Whose jobs are drained, with what, and in which time. */
export interface Draining {
  client: Client
  handlers: readonly AnyHandler[]
  work: WorkOptions
  clock: Pick<FakeClock, 'nowMs' | 'skip'>
  setting: Setting
  /** Told of each worker's session. */
  begun: (session: string) => void
}

const pollMs = 2

/** A worker for each stretch between two moves of the clock: none is there to see time jump. */
export async function drain(
  draining: Draining,
  { delays = false, attemptsMax = 10_000 }: DrainOptions,
): Promise<Drained> {
  const { client, handlers, clock } = draining
  const drained: Drained = { attempts: 0, done: 0, retried: 0, released: 0, dead: 0, cancelled: 0, quarantined: 0 }
  if (handlers.length === 0) return drained
  for (;;) {
    await workOnce(draining, attemptsMax, drained)
    const dueAtMs = delays ? await nextDueAtMs(client, handlers) : undefined
    if (dueAtMs === undefined) return drained
    clock.skip(Math.max(0, dueAtMs - clock.nowMs()))
  }
}

async function workOnce(draining: Draining, attemptsMax: number, drained: Drained): Promise<void> {
  const { client, handlers, work, setting, begun } = draining
  let worker: Worker | undefined
  const early: Events['job.ended'][] = []
  const count = ({ worker: session, verdict }: Events['job.ended']) => {
    if (session !== worker?.session) return
    drained.attempts++
    drained[totals[verdict]]++
  }
  const off = on('job.ended', (event) => (worker === undefined ? void early.push(event) : count(event)))
  try {
    worker = await client.work(handlers, work)
    begun(worker.session)
    early.forEach(count)
    const queues = [...new Set(handlers.map(({ queue }) => queue.name))]
    for (let left = await leftIn(client, queues); left.ready + left.running > 0; left = await leftIn(client, queues)) {
      if (drained.attempts > attemptsMax) throw endless(attemptsMax)
      if (setting.clock === undefined) await sleep(systemEnv, pollMs)
      // What has just ended is written down in no time; then what is delayed must not have become due meanwhile.
      else await setting.clock.step(() => setting.waits() || (setting.running() === 0 && left.ready === 0))
    }
  } finally {
    if (worker !== undefined) await driven(setting, worker.stop({ graceMs: 0 }))
    off()
  }
  if (drained.attempts > attemptsMax) throw endless(attemptsMax)
}

const totals = {
  done: 'done',
  retry: 'retried',
  release: 'released',
  dead: 'dead',
  cancelled: 'cancelled',
  quarantined: 'quarantined',
} as const

function endless(attemptsMax: number): FiberWorkError {
  return new FiberWorkError(
    'FW_RESULT_TIMEOUT',
    `drain() saw more than ${attemptsMax} attempts (\`attemptsMax\`); does a job snooze for ever?`,
  )
}

async function leftIn(client: Client, queues: string[]): Promise<{ ready: number; running: number }> {
  const depths = await client.depth(queues)
  return {
    ready: depths.reduce((sum, { ready, paused }) => sum + (paused ? 0 : ready), 0),
    running: depths.reduce((sum, { running }) => sum + running, 0),
  }
}

async function nextDueAtMs(client: Client, handlers: readonly AnyHandler[]): Promise<number | undefined> {
  const known = new Set(handlers.map(({ name, queue }) => `${queue.name}/${name}`))
  const paused = new Set((await client.depth()).filter((depth) => depth.paused).map(({ queue }) => queue))
  const delayed = await everyJob(client, { states: ['delayed'] })
  const due = delayed
    .filter(({ job }) => known.has(`${job.queue}/${job.name}`) && !paused.has(job.queue))
    .map(({ dueAtMs = 0 }) => dueAtMs)
  return due.length === 0 ? undefined : Math.min(...due)
}
