import { randomBytes } from 'node:crypto'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { Client, Pool } from 'pg'
import { input } from './input.ts'
import { enqueueDefaults, measureEnqueue } from './measure-enqueue.ts'
import { Latency, latencyDefaults } from './measure-latency.ts'
import { measureWork } from './measure-work.ts'

const url = process.env['POSTGRES_URL'] ?? 'postgres://root@127.0.0.1/test'
const given = input({
  ...enqueueDefaults,
  ...latencyDefaults,
  mode: 'work',
  concurrency: 50,
  localQueue: 0,
  completeMs: 0,
  failMs: 0,
  poolMax: 10,
})
const { jobs, concurrency, localQueue, completeMs, failMs } = given
const schema = `graphile_bench_${randomBytes(4).toString('hex')}`
const pool = new Pool({ connectionString: url, max: given.poolMax })
pool.on('error', () => {})
pool.on('connect', (client) => client.on('error', () => {}))
const logger = new Logger(() => () => {})
const utils = await makeWorkerUtils({ pgPool: pool, schema, logger })
await utils.migrate()
const pad = 'x'.repeat(180)

async function work(): Promise<void> {
  for (let n = 0; n < jobs; n += 1_000) {
    const some = Array.from({ length: Math.min(1_000, jobs - n) }, (_, i) => ({
      identifier: 'noop',
      payload: { n: n + i, pad },
    }))
    await utils.addJobs(some)
  }
  const measured = measureWork(url, jobs)
  let ran = 0
  const all = Promise.withResolvers<void>()
  const runner = await run({
    pgPool: pool,
    schema,
    logger,
    concurrency,
    noHandleSignals: true,
    taskList: {
      noop: async () => {
        if (++ran === 1) measured.ran()
        if (ran === jobs) all.resolve()
      },
    },
    preset: {
      worker: {
        ...(localQueue > 0 && { localQueue: { size: localQueue } }),
        ...(completeMs > 0 && { completeJobBatchDelay: completeMs }),
        ...(failMs > 0 && { failJobBatchDelay: failMs }),
      },
    },
  })
  await all.promise
  while (Number((await pool.query(`select count(*) as n from "${schema}"._private_jobs`)).rows[0].n) > 0);
  measured.settled()
  await runner.stop()
}

async function wait(): Promise<void> {
  const latency = new Latency(given)
  const noop = async (payload: unknown) => latency.ran((payload as { n: number }).n)
  const runner = await run({ pgPool: pool, schema, logger, concurrency, noHandleSignals: true, taskList: { noop } })
  await latency.measure((n) => utils.addJob('noop', { n }))
  await runner.stop()
}

if (given.mode === 'work') await work()
else if (given.mode === 'latency') await wait()
else
  await measureEnqueue(url, given, {
    bulk: (inputs) => utils.addJobs(inputs.map((payload) => ({ identifier: 'noop', payload }))),
    single: (payload) => utils.addJob('noop', payload),
  })
const client = new Client({ connectionString: url })
await client.connect()
await client.query('set client_min_messages = error')
await client.query(`drop schema "${schema}" cascade`)
process.exit()
