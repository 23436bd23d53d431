import { writeSync } from 'node:fs'
import { on } from '../../src/base/emit.ts'
import { connect } from '../../src/index.ts'
import { blocker } from './blocker.ts'
import type { GuardedPlan } from './guarded.ts'

const { url, connect: connectOptions, work, events } = JSON.parse(process.argv[2]!) as GuardedPlan
const say = (event: string, payload: unknown) => writeSync(1, `${JSON.stringify({ event, payload })}\n`)
for (const event of events) {
  on(event, (payload) => {
    const { error } = payload as { error?: unknown }
    say(event, error === undefined ? payload : { ...payload, error: String(error) })
  })
}
const client = await connect(url, connectOptions)
const worker = await client.work([blocker], work)
await worker.ended
await client.close()
