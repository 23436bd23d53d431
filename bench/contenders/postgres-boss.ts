import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { PgBoss } from 'pg-boss'
import { input } from './input.ts'
import { enqueueDefaults, measureEnqueue } from './measure-enqueue.ts'
import { measureWork } from './measure-work.ts'

const url = process.env['POSTGRES_URL'] ?? 'postgres://root@127.0.0.1/test'
const given = input({ ...enqueueDefaults, mode: 'work', batch: 1_000, workers: 1, poolMax: 10 })
const { jobs, batch, workers } = given
const schema = `boss_bench_${randomBytes(4).toString('hex')}`
const boss = new PgBoss({ connectionString: url, schema, max: given.poolMax, schedule: false })
boss.on('error', () => {})
await boss.start()
await boss.createQueue('noop')
const pad = 'x'.repeat(180)
const client = new Client({ connectionString: url })
await client.connect()

async function work(): Promise<void> {
  for (let n = 0; n < jobs; n += 1_000) {
    await boss.insert(
      'noop',
      Array.from({ length: Math.min(1_000, jobs - n) }, (_, i) => ({ data: { n: n + i, pad } })),
    )
  }
  const measured = measureWork(url, jobs)
  let ran = 0
  const all = Promise.withResolvers<void>()
  // Its own loop waits half a second between fetches at least: fetch and complete are what its manual tells to do for speed.
  const loop = async () => {
    for (;;) {
      const fetched = await boss.fetch('noop', { batchSize: batch })
      if (fetched.length === 0) return
      if (ran === 0) measured.ran()
      await boss.complete(
        'noop',
        fetched.map(({ id }) => id),
      )
      ran += fetched.length
      if (ran >= jobs) all.resolve()
    }
  }
  await Promise.all(Array.from({ length: workers }, loop))
  await all.promise
  measured.settled()
}

if (given.mode === 'work') await work()
else
  await measureEnqueue(url, given, {
    bulk: (inputs) =>
      boss.insert(
        'noop',
        inputs.map((data) => ({ data })),
      ),
    single: (data) => boss.send('noop', data),
  })
await client.query('set client_min_messages = error')
await client.query(`drop schema "${schema}" cascade`)
process.exit()
