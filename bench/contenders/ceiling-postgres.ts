import { postgresDriver } from '../../drivers/postgres/index.ts'
import { input, report, stopwatch } from './input.ts'

// What the store gives without a worker: the same batched statements, one after the other on each lane.
const given = input({ postgres: 'postgres://root@127.0.0.1/test', jobs: 100_000, batch: 500, lanes: 2, connections: 3 })
const { jobs, batch, lanes, connections } = given
const schema = `fw_ceiling_${process.pid}`
const driver = postgresDriver({ url: given.postgres, schema, connections })
await driver.open()
const body = JSON.stringify({ v: 1, pad: 'x'.repeat(180) })
const keep = { count: 10_000, ageMs: 3_600_000 }
const signal = new AbortController().signal

async function enqueue(): Promise<number> {
  const watch = stopwatch()
  for (let n = 0, seq = 1; n < jobs; n += 1_000, seq++) {
    const some = Array.from({ length: 1_000 }, (_, i) => ({
      id: `job-${n + i}`,
      queue: 'q',
      name: 'noop',
      priority: 5,
      body,
    }))
    await driver.enqueue({ lane: 0, seq }, some)
  }
  return (jobs / watch.wallMs()) * 1_000
}

async function work(lane: number): Promise<void> {
  for (let seq = 1; ; seq++) {
    const want = { demand: [{ queue: 'q', limit: batch }], limit: batch, waitMs: 0, signal }
    const reserved = await driver.reserve({ lane, seq }, want)
    if (reserved.jobs.length === 0) return
    const items = reserved.jobs.map(({ receipt }) => ({ receipt, verdict: { kind: 'done', keep } as const }))
    await driver.settle({ lane: lane + 1, seq }, items)
  }
}

const enqueuedPerSecond = await enqueue()
const watch = stopwatch()
await Promise.all(Array.from({ length: lanes }, (_, i) => work(1 + 2 * i)))
const workedPerSecond = (jobs / watch.wallMs()) * 1_000
report({ workedPerSecond, enqueuedPerSecond, cpuUs: (watch.cpuMs() / jobs) * 1_000 })
await driver.close()
const { Client } = await import('pg')
const client = new Client({ connectionString: given.postgres })
await client.connect()
await client.query('set client_min_messages = error')
await client.query(`drop schema "${schema}" cascade`)
await client.end()
