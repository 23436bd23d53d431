import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type * as z from 'zod'
import { type ApiClient, apiClient } from '../../src/api/client/client.ts'
import { Definitions } from '../../src/api/definitions.ts'
import { answersOf } from '../../src/worker/answers.ts'
import { fleetOfWorker } from '../../src/worker/fleet.ts'
import { systemEnv } from '../../src/base/env.ts'
import { operations } from '../../src/api/operations/index.ts'
import { type ApiServer, serve, type ServeOptions } from '../../src/api/server.ts'
import type { Client } from '../../src/connect/client.ts'
import { connect } from '../../src/connect/connect.ts'
import type { Fleet } from '../../src/contract/fleet.ts'
import type { AnyHandler } from '../../src/job/definition.ts'
import type { WorkOptions } from '../../src/connect/work.ts'
import type { Worker } from '../../src/worker/worker.ts'

export interface ServedStore {
  url: string
  server: ApiServer
  store: Client
  api: ApiClient
  /** Starts the worker; a test that wants jobs to wait does not. */
  work(options?: WorkOptions): Promise<Worker>
  /** A client with a token of this role, made through the API itself. */
  as(role: 'read' | 'enqueue' | 'operate' | 'admin', queues?: string[]): Promise<ApiClient>
}

export interface ServedOptions extends Partial<ServeOptions> {
  /** SQLite in a temporary folder by default. */
  storeUrl?: string
  open?: boolean
  /** The worker's own by default. */
  fleet?: Fleet
}

/** A store with its API on a free port, for one test. */
export async function serveStore(handlers: AnyHandler[] = [], options: ServedOptions = {}): Promise<ServedStore> {
  const { storeUrl, open, fleet, ...serveOptions } = options
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-api-'))
  const store: Client = await connect(storeUrl ?? `sqlite:${join(folder, 'jobs.db')}`)
  let worker: Worker | undefined
  const health = async () => ({ ok: true, ready: true, reasons: [], workers: [] })
  const server = await serve({ address: { host: '127.0.0.1', port: 0 }, health, ...serveOptions })
  await server.open({
    client: store,
    fleet:
      fleet ??
      fleetOfWorker(
        answersOf(() => worker),
        systemEnv,
      ),
    definitions: new Definitions(handlers, open === undefined ? {} : { open }),
  })
  onTestFinished(async () => {
    await server.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  let admin: string | undefined
  return {
    url: server.url,
    server,
    store,
    api: apiClient(server.url, { fetch: strictFetch }),
    async work(workOptions = {}) {
      worker = await store.work(handlers, { bootCanary: false, ...workOptions })
      return worker
    },
    async as(role, queues) {
      const maker = apiClient(server.url, { fetch: strictFetch, ...(admin !== undefined && { token: admin }) })
      admin ??= (await maker.access.addToken({ name: 'maker', role: 'admin' })).token
      const by = apiClient(server.url, { token: admin, fetch: strictFetch })
      const name = `${role}-${Math.random().toString(36).slice(2)}`
      const { token } = await by.access.addToken({ name, role, ...(queues !== undefined && { queues }) })
      return apiClient(server.url, { token, fetch: strictFetch })
    },
  }
}

/** `fetch`, which holds every answer against what the reference says of it: nothing wrong, nothing missing, nothing that it does not name. */
const strictFetch: typeof fetch = async (url, init) => {
  const response = await fetch(url, init)
  if (!response.ok || response.headers.get('content-type')?.startsWith('application/json') !== true) return response
  const path = new URL(String(url)).pathname
  const operation = operations.find(
    (one) =>
      one.method === (init?.method ?? 'GET') && new RegExp(`^${one.path.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path),
  )
  if (operation !== undefined) {
    expect(operation.statuses ?? [200], operation.id).toContain(response.status)
    const answer: unknown = await response.clone().json()
    expect((operation.answer as z.ZodType).parse(answer), operation.id).toEqual(answer)
  }
  return response
}
