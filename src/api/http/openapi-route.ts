import type { FastifyInstance } from 'fastify'
import { version } from '../../connect/version.ts'
import type { Door } from './authenticate.ts'
import { callerOf } from './routes.ts'

/** `/v1/openapi.json`, for whoever has a token; made when it is first asked for. */
export function addOpenApi(app: FastifyInstance, door: Door): void {
  let text: Promise<string> | undefined
  app.get('/v1/openapi.json', async (request, reply) => {
    await callerOf(request, door)
    text ??= import('../openapi.ts').then(({ openApiDocument }) => JSON.stringify(openApiDocument(version)))
    reply.type('application/json; charset=utf-8')
    return text
  })
}
