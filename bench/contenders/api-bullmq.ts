import { answerParent } from './api-child.ts'
import { serveAdding } from './api-fastify.ts'
import { apiSettings } from './api-settings.ts'
import { connector, openQueue, openWorkers } from './bullmq.ts'
import { input } from './input.ts'

const given = input(apiSettings)
const connect = await connector(given.redis, given)
if (given.role === 'server') {
  const queue = openQueue(connect, given)
  await serveAdding(async (name, data) => (await queue.add(name, data)).id)
} else {
  let ran = 0
  openWorkers(connect, given, async () => void ran++)
  answerParent({ ran: () => ran, end: async () => {} })
}
