import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { Pool } from 'pg'
import { answerParent } from './api-child.ts'
import { serveAdding } from './api-fastify.ts'
import { apiSettings, placeOf } from './api-settings.ts'
import { input } from './input.ts'

const given = input(apiSettings)
const { connectionString, schema } = placeOf(given.url)
const pgPool = new Pool({ connectionString, max: given.poolMax })
pgPool.on('error', () => {})
pgPool.on('connect', (client) => client.on('error', () => {}))
const common = { pgPool, schema, logger: new Logger(() => () => {}) }
if (given.role === 'server') {
  const utils = await makeWorkerUtils(common)
  await utils.migrate()
  await serveAdding(async (name, payload) => (await utils.addJob(name, payload)).id)
} else {
  let ran = 0
  // The settings that its own throughput is best with: cases/postgres-noop.ts.
  const runner = await run({
    ...common,
    concurrency: 50,
    noHandleSignals: true,
    taskList: { noop: async () => void ran++ },
    preset: { worker: { localQueue: { size: 2_000 }, completeJobBatchDelay: 100, failJobBatchDelay: 100 } },
  })
  answerParent({ ran: () => ran, end: () => runner.stop() })
}
