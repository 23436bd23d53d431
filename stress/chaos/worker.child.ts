// One worker process of a chaos run, started by arena.ts with its settings as JSON. It works until its queue is empty or
// somebody ends it, writes down what its handlers do, and then ends by itself.
import { on } from '../../src/base/emit.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { connect } from '../../src/connect/connect.ts'
import { isFiberWorkError } from '../../src/contract/errors.ts'
import { machineMs, Recorder } from '../history/events.ts'
import { chaosHandler, type ChaosName } from './jobs.ts'

export interface WorkerSettings {
  url: string
  /** The history's file. */
  events: string
  leaseMs: number
  concurrency: number
  graceMs: number
  /** The jobs that this build knows. */
  knows: ChaosName[]
  /** It goes on when nothing is left to do, until it gets a SIGTERM. */
  stays: boolean
  /** Its wall clock is so far off, and somewhere else every `jumpEveryMs`. */
  clockOffMs: number[]
}

const jumpEveryMs = 300

async function run(settings: WorkerSettings): Promise<void> {
  const { url, events, leaseMs, concurrency, graceMs, knows, clockOffMs } = settings
  const recorder = new Recorder(events)
  record(recorder)
  const env = jumping(clockOffMs, recorder)
  const client = await connect(url, { leaseMs, env })
  const handlers = knows.map((name) => chaosHandler(name, { recorder, history: client.driver.traits.history }))
  const worker = await client.work(handlers, { concurrency, graceMs, ownProcess: true })
  process.on('SIGTERM', () => void worker.stop({ reason: 'SIGTERM' }))
  if (settings.stays) await worker.ended
  while (worker.state === 'running') {
    try {
      await worker.idle({ delayed: true })
      break
    } catch {
      // The store does not answer now; what waits there still waits.
    }
  }
  // After a SIGTERM this would be the second call, which means now: the first one is still at it.
  if (worker.state === 'running') await worker.stop()
  else while (worker.state !== 'stopped') await new Promise((resolve) => setTimeout(resolve, 10))
  await client.close()
}

function record(recorder: Recorder): void {
  const { pid } = process
  on('job.stale', ({ id }) => recorder.write({ atMs: machineMs(), pid, kind: 'stale', id }))
  on('job.unknown', ({ id }) => recorder.write({ atMs: machineMs(), pid, kind: 'unknown', id }))
  on('worker.started', () => recorder.write({ atMs: machineMs(), pid, kind: 'began' }))
  on('worker.revoked', () => recorder.write({ atMs: machineMs(), pid, kind: 'revoked' }))
  on('worker.swept', ({ taken }) => recorder.write({ atMs: machineMs(), pid, kind: 'swept', taken }))
  on('worker.reconciled', ({ released }) => recorder.write({ atMs: machineMs(), pid, kind: 'reconciled', released }))
  on('loop.blocked', ({ sure, job }) =>
    recorder.write({ atMs: machineMs(), pid, kind: 'blocked', sure, ...(job && { id: job.id }) }),
  )
  on('store.failed', ({ verb, error, givenUp }) => {
    const code = isFiberWorkError(error) ? error.code : String(error)
    recorder.write({ atMs: machineMs(), pid, kind: 'failed', verb, code, givenUp })
  })
  on('store.recovered', ({ verb }) => recorder.write({ atMs: machineMs(), pid, kind: 'recovered', verb }))
}

/** The system's, but for a wall clock that somebody sets every now and then. */
function jumping(offMs: readonly number[], recorder: Recorder): Env {
  if (offMs.length === 0) return systemEnv
  let jumps = 0
  const off = () => offMs[jumps % offMs.length]!
  setInterval(() => {
    jumps++
    recorder.write({ atMs: machineMs(), pid: process.pid, kind: 'jumped', toMs: off() })
  }, jumpEveryMs).unref()
  return { ...systemEnv, nowMs: () => systemEnv.nowMs() + off() }
}

await run(JSON.parse(process.argv[2] ?? '{}') as WorkerSettings)
