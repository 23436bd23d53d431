import * as z from 'zod'
import { Definitions } from '../../src/api/definitions.ts'
import { serve } from '../../src/api/server.ts'
import { isFiberWorkError } from '../../src/contract/errors.ts'
import { connect, defineJob } from '../../src/index.ts'
import { answerParent } from './api-child.ts'
import { apiSettings } from './api-settings.ts'
import { input } from './input.ts'

// As `fiber-work work --http` has it: the process that serves knows the jobs and runs none.
const given = input(apiSettings)
let ran = 0
const noop = defineJob('noop', { input: z.object({ n: z.number(), pad: z.string() }) }, async () => void ran++)
const client = await connect(given.storeless ? 'memory:' : given.url)
if (given.storeless) client.driver.enqueue = async (_call, jobs) => jobs.map(({ id }) => ({ outcome: 'added', id }))

/** Whoever is cut off at the end of a phase may still be at work when the store is closed. */
function told(error: unknown): void {
  if (!isFiberWorkError(error) || error.code !== 'FW_DRIVER_CLOSED') console.error(error)
}

async function openServer(): Promise<void> {
  const health = async () => ({ ok: true, ready: true, reasons: [], workers: [] })
  const server = await serve({ address: { host: '127.0.0.1', port: 0 }, health, failed: told })
  const fleet = { ask: async () => ({ answers: [], missing: [] }), watch: () => () => {} }
  await server.open({ client, fleet, definitions: new Definitions([noop]) })
  answerParent({
    url: server.url,
    async end() {
      await server.close()
      await client.close()
    },
  })
}

if (given.role === 'server') await openServer()
else {
  await client.work([noop], { ownProcess: true })
  answerParent({ ran: () => ran, end: () => client.close() })
}
