import { onTestFinished } from 'vitest'
import type { DashboardSource } from '../../dashboard/model/source.ts'
import { ApiClient } from '../../src/api/client/client.ts'
import { TokenBook } from '../../src/api/auth/token-book.ts'
import { Definitions } from '../../src/api/definitions.ts'
import { localTransport } from '../../src/api/local-transport.ts'
import { apiOf } from '../../src/api/server.ts'
import { systemEnv } from '../../src/base/env.ts'
import type { AnyHandler } from '../../src/job/definition.ts'
import { answersOf } from '../../src/worker/answers.ts'
import { fleetOfWorker } from '../../src/worker/fleet.ts'
import type { Worker } from '../../src/worker/worker.ts'
import { serveStore } from './api.ts'

/** A real store and worker, and what a dashboard sees of them: in this process, or through a real port. */
export async function apiOver(place: 'in process' | 'over HTTP', handlers: AnyHandler[]) {
  const at: { worker?: Worker } = {}
  const fleet = fleetOfWorker(
    answersOf(() => at.worker),
    systemEnv,
  )
  const { store, api, work } = await serveStore(handlers, { fleet })
  const worker = await work()
  at.worker = worker
  // Counting begins with the first question.
  await fleet.ask('snapshot', undefined)
  const tokens = new TokenBook({ env: systemEnv, configured: [], ledger: () => store.driver.ledger })
  const local = apiOf({ client: store, fleet, definitions: new Definitions(handlers) }, systemEnv, tokens)
  onTestFinished(async () => {
    await local.bulk.close()
    await worker.stop({ graceMs: 0 })
  })
  const source: DashboardSource =
    place === 'over HTTP' ? api : new ApiClient(localTransport(local, { name: 'ada@here', role: 'admin' }))
  return { source, store, worker }
}
