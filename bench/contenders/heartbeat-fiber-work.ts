import { setTimeout as sleep } from 'node:timers/promises'
import { connect, defineJob } from '../../src/index.ts'
import { input, report } from './input.ts'
import { commandStatsOf, resetStats } from './redis-meter.ts'

// Jobs that wait while nothing else happens: what the server does in that time is what keeping them alive costs.
const { redis, jobs, forMs } = input({ redis: '', jobs: 10_000, forMs: 15_000 })
const waiting = defineJob('waiting', {}, () => new Promise<void>(() => {}))
const client = await connect(redis)
const worker = await client.work([waiting], { concurrency: jobs })
await client.enqueueMany(waiting, Array<undefined>(jobs).fill(undefined))
while (worker.running < jobs) await sleep(5)
// Past the echo of the start.
await sleep(2_000)
resetStats(redis)
await sleep(forMs)
// Scripts alone: their commands are counted once more under their own names.
const scripts = commandStatsOf(redis).filter(({ command }) => /^(?:eval|evalsha|fcall)$/.test(command))
const calls = scripts.reduce((sum, script) => sum + script.calls, 0)
const us = scripts.reduce((sum, script) => sum + script.us, 0)
report({
  callUs: us / calls,
  callsPerSecond: (calls / forMs) * 1_000,
  serverUsPerSecond: (us / forMs) * 1_000,
  missed: jobs - worker.running,
})
process.exit()
