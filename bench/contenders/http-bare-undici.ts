import { Agent, request } from 'undici'
import { input } from './input.ts'
import { httpDefaults, HttpRun, urlOf } from './measure-http.ts'

// A pool as people write it: as many loops as jobs at once, each taking the next.
const { jobs, concurrency, origins, latencyMs, connections } = input({ ...httpDefaults, connections: 0 })
const dispatcher = new Agent(connections > 0 ? { connections } : {})
let next = 0
const run = new HttpRun(latencyMs)
async function loop(): Promise<void> {
  while (next < jobs) {
    const url = urlOf(origins, next++)
    await run.time(async () => {
      const { body, statusCode } = await request(url, { dispatcher })
      await body.text()
      return statusCode === 200
    })
  }
}
await Promise.all(Array.from({ length: concurrency }, loop))
run.report()
process.exit()
