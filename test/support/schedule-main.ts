// A worker with one schedule, in a process of its own: `node schedule-main.ts URL`. It works until it is killed.
import { connect, defineJob, defineSchedule } from '../../src/index.ts'

const tick = defineJob('tick', { keep: { count: 1_000, ageMs: 600_000 } }, (_, job) =>
  Number(job.headers['fiber-work-scheduled-at']),
)
const client = await connect(process.argv[2]!)
await client.work([tick], { schedules: [defineSchedule('secondly', tick, { everyMs: 1_000 })] })
process.send?.('up')
