import fastify from 'fastify'
import { answerParent } from './api-child.ts'

/** `POST /v1/jobs` as a peer's user would write it: `add` answers the id of the job. */
export async function serveAdding(add: (name: string, input: object) => unknown): Promise<void> {
  const app = fastify()
  app.post('/v1/jobs', async (request, reply) => {
    const { name, input } = request.body as { name: string; input: object }
    const id = await add(name, input)
    reply.code(201)
    return { id, outcome: 'added', name, queue: 'default' }
  })
  answerParent({ url: await app.listen({ host: '127.0.0.1', port: 0 }), end: () => app.close() })
}
