import type { FastifyInstance } from 'fastify'
import { metricsContentType, metricsFormatOf, renderMetrics } from '../../observe/metrics/render.ts'
import type { Api } from '../api.ts'
import { demand, demandAll } from '../auth/caller.ts'
import type { Door } from './authenticate.ts'
import { callerOf } from './routes.ts'

/** `/metrics`, for Prometheus: a token with the role `read` will do. */
export function addMetrics(app: FastifyInstance, door: Door, api: () => Api): void {
  app.get('/metrics', async (request, reply) => {
    const caller = await callerOf(request, door)
    demand(caller, 'see')
    demandAll(caller)
    const format = metricsFormatOf(request.headers.accept)
    reply.type(metricsContentType[format])
    return renderMetrics(await api().metrics.families(), format)
  })
}
