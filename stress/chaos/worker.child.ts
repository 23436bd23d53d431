// One worker process of a chaos run, started by arena.ts with its settings as JSON. It works until its queue is empty or
// somebody ends it, writes down what its handlers do, and then ends by itself.
import { on } from '../../src/base/emit.ts'
import { connect } from '../../src/connect/connect.ts'
import { machineMs, Recorder } from '../history/events.ts'
import { chaosHandler } from './jobs.ts'

export interface WorkerSettings {
  url: string
  /** The history's file. */
  events: string
  leaseMs: number
  concurrency: number
  graceMs: number
}

async function run({ url, events, leaseMs, concurrency, graceMs }: WorkerSettings): Promise<void> {
  const { pid } = process
  const recorder = new Recorder(events)
  on('job.stale', ({ id }) => recorder.write({ atMs: machineMs(), pid, kind: 'stale', id }))
  on('worker.revoked', () => recorder.write({ atMs: machineMs(), pid, kind: 'revoked' }))
  const client = await connect(url, { leaseMs })
  const worker = await client.work([chaosHandler(recorder)], { concurrency, graceMs, ownProcess: true })
  process.on('SIGTERM', () => void worker.stop({ reason: 'SIGTERM' }))
  await worker.idle({ delayed: true })
  // After a SIGTERM this would be the second call, which means now: the first one is still at it.
  if (worker.state === 'running') await worker.stop()
  else while (worker.state !== 'stopped') await new Promise((resolve) => setTimeout(resolve, 10))
  await client.close()
}

await run(JSON.parse(process.argv[2] ?? '{}') as WorkerSettings)
