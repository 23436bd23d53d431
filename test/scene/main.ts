// `npm run scene [-- --webhooks N] [--latency MS] [--concurrency N]`: a busy worker to look at, until Ctrl-C.
import { parseArgs } from 'node:util'
import { startScene } from './scene.ts'

const { values } = parseArgs({
  options: { webhooks: { type: 'string' }, latency: { type: 'string' }, concurrency: { type: 'string' } },
})
await using scene = await startScene({
  ...(values.webhooks !== undefined && { webhooks: Number(values.webhooks) }),
  ...(values.latency !== undefined && { latencyMs: Number(values.latency) }),
  ...(values.concurrency !== undefined && { concurrency: Number(values.concurrency) }),
})
console.log(`the page: ${scene.url}\nthe terminal: fiber-work top --api ${scene.url}\nCtrl-C ends it`)
await new Promise((resolve) => process.once('SIGINT', resolve))
