import { FiberWorkError } from '../contract/errors.ts'
import { type Address, isOurHost } from './address.ts'
import type { HealthReport, HealthSource } from './health.ts'

export interface ApiServer {
  /** Where it listens: with the real port when 0 was asked for. */
  url: string
  close(): Promise<void>
}

/** Serves `/healthz` and `/readyz` as JSON; fastify is loaded for it. Throws `FW_CONFIG_INVALID` when it cannot listen there. */
export async function serve(address: Address, source: HealthSource): Promise<ApiServer> {
  const { fastify } = await import('fastify')
  const app = fastify({ forceCloseConnections: true, bodyLimit: 65_536, requestTimeout: 10_000 })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    if (!isOurHost(request.headers.host, address)) {
      return reply
        .code(421)
        .send({ error: 'this Host header is not one of ours; use the address that was given to --http' })
    }
  })
  const answer = (path: string, isFine: (report: HealthReport) => boolean) => {
    app.get(path, async (_request, reply) => {
      const report = await reportOf(source)
      return reply.code(isFine(report) ? 200 : 503).send({ status: isFine(report) ? 'ok' : 'unavailable', ...report })
    })
  }
  answer('/healthz', ({ ok }) => ok)
  answer('/readyz', ({ ok, ready }) => ok && ready)
  try {
    return { url: await app.listen({ host: address.host, port: address.port }), close: () => app.close() }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FiberWorkError('FW_CONFIG_INVALID', `--http cannot listen on ${address.host}:${address.port}: ${why}`, {
      cause,
    })
  }
}

async function reportOf(source: HealthSource): Promise<HealthReport> {
  try {
    return await source()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, ready: false, reasons: [`the worker could not be asked: ${why}`], workers: [] }
  }
}
