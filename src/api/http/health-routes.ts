import type { FastifyInstance } from 'fastify'
import type { HealthReport, HealthSource } from '../health.ts'

/** `/healthz` and `/readyz`, for whoever reaches the port: probes carry no tokens. */
export function addHealth(app: FastifyInstance, source: HealthSource): void {
  const answer = (path: string, isFine: (report: HealthReport) => boolean) => {
    app.get(path, async (_request, reply) => {
      const report = await reportOf(source)
      return reply.code(isFine(report) ? 200 : 503).send({ status: isFine(report) ? 'ok' : 'unavailable', ...report })
    })
  }
  answer('/healthz', ({ ok }) => ok)
  answer('/readyz', ({ ok, ready }) => ok && ready)
}

async function reportOf(source: HealthSource): Promise<HealthReport> {
  try {
    return await source()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, ready: false, reasons: [`the worker could not be asked: ${why}`], workers: [] }
  }
}
