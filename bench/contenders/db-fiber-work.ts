import { connect, createDb, defineJob, unchecked } from '../../src/index.ts'
import { dropTable, prepareTable } from './db-clients.ts'
import { dbDefaults, rowsMax, select, urlOfServer } from './db-place.ts'
import { input, report, stopwatch } from './input.ts'

// In jobs of one query each, or all of them in one job.
const { kind, queries, inFlight, poolMax, jobs } = input({ ...dbDefaults, jobs: true })
await prepareTable(kind)
const db = createDb({ connections: { default: { url: urlOfServer(kind), poolMax } } })
const text = select(kind)
let failed = 0
const ask = async (id: number): Promise<void> => {
  const rows = await db.query<{ id: number }>(text, [id])
  if (rows[0]?.id !== id) failed++
}
await Promise.all(Array.from({ length: poolMax }, (_, id) => ask(id)))

const one = defineJob('one', { input: unchecked<number>(), attempts: 1, keep: false }, ask)
const all = defineJob('all', { attempts: 1 }, async () => {
  let next = 0
  const loop = async () => {
    while (next < queries) await ask(next++ % rowsMax)
  }
  await Promise.all(Array.from({ length: inFlight }, loop))
})
const client = await connect('memory:')
if (jobs) {
  await client.enqueueMany(
    one,
    Array.from({ length: queries }, (_, n) => n % rowsMax),
  )
} else await client.enqueue(all)
const watch = stopwatch()
const worker = await client.work([one, all], { concurrency: inFlight })
await worker.idle()
report({ queriesPerSecond: (queries / watch.wallMs()) * 1_000, cpuUs: (watch.cpuMs() / queries) * 1_000, failed })
await client.close()
await db.close()
await dropTable(kind)
