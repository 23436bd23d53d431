import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisStore } from '../../stores/redis.ts'
import { struck } from '../server/struck.ts'

export const scripts = struck<RedisStore>({
  name: 'scripts',
  about: 'FUNCTION FLUSH and SCRIPT FLUSH under load, again and again',
  rounds: [10, 10],
  breaks: false,
  shows: 'scripts forgotten',
  async strike({ server }) {
    const known = Number(/number_of_functions:(\d+)/.exec(await server.say('INFO', 'memory'))?.[1])
    await server.say('FUNCTION', 'FLUSH')
    await server.say('SCRIPT', 'FLUSH')
    return known
  },
})

export const memory = struck<RedisStore>({
  name: 'memory',
  about: 'maxmemory is reached under load for two leases (OOM), and lifted',
  rounds: [1, 1],
  leaseMs: 2_000,
  breaks: false,
  shows: 'refused for want of memory',
  async strike({ server }) {
    await server.say('CONFIG', 'SET', 'maxmemory', 1)
    await sleep(4_000)
    await server.say('CONFIG', 'SET', 'maxmemory', 0)
    return Number(/errorstat_OOM:count=(\d+)/.exec(await server.say('INFO', 'errorstats'))?.[1] ?? 0)
  },
})
