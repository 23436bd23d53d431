import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'fiber-work'
import { resize } from './resize.ts'

const resizer = resize.handle(async ({ width }, job) => {
  await sleep(width / 5, undefined, { signal: job.signal }) // big pictures take longer
  return { width, height: Math.round((width * 9) / 16), by: 'worker' }
})

// In production this file is `npx fiber-work` with the handler in ./jobs: signals, restarts and health come with it.
const client = await connect(process.env['STORE'] ?? 'sqlite:./jobs.db')
await client.work([resizer])
process.send?.('ready')
process.once('SIGTERM', () => void client.close().then(() => process.disconnect?.()))
