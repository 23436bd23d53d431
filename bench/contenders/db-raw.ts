import { dropTable, prepareTable, rawPool } from './db-clients.ts'
import { dbDefaults, rowsMax } from './db-place.ts'
import { input, report, stopwatch } from './input.ts'

// `inFlight` promises at the client's own pool, each asking again when it is answered; 1 is the sequential worker.
const { kind, queries, inFlight, poolMax } = input(dbDefaults)
await prepareTable(kind)
const pool = rawPool(kind, poolMax)
await Promise.all(Array.from({ length: Math.min(poolMax, inFlight) }, (_, id) => pool.query(id)))
let next = 0
let failed = 0
const watch = stopwatch()
async function loop(): Promise<void> {
  while (next < queries) {
    const id = next++ % rowsMax
    if ((await pool.query(id)) !== id) failed++
  }
}
await Promise.all(Array.from({ length: inFlight }, loop))
report({ queriesPerSecond: (queries / watch.wallMs()) * 1_000, cpuUs: (watch.cpuMs() / queries) * 1_000, failed })
await pool.end()
await dropTable(kind)
