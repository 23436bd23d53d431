import { setTimeout as sleep } from 'node:timers/promises'
import { machineMs } from '../../../history/events.ts'
import type { RedisServer } from '../../../servers/redis.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { RedisStore } from '../../store.ts'
import { backAfter, produce } from './load.ts'

interface Trouble {
  name: string
  about: string
  rounds: number
  leaseMs?: number
  /** Resolves when it is over; answers what must be above 0, or it was no trouble. */
  strike(server: RedisServer): Promise<number>
  /** What the answers count. */
  shows: string
  /** Calls must fail by it. */
  breaks: boolean
}

/** Something that an administrator, or a full machine, does to the server while it works. */
function serverCell({ name, about, rounds, leaseMs = 15_000, strike, shows, breaks }: Trouble): Cell {
  return {
    name,
    about: `${about}: nothing lost, nothing run twice`,
    async run({ jobs, quick }) {
      await using store = await RedisStore.start()
      await using arena = await Arena.open(store, leaseMs)
      const input = () => ({ ms: 100 })
      await arena.enqueue(times(jobs / 2, input))
      const concurrency = Math.ceil(jobs / 50)
      const workers = await arena.workTwo(concurrency)
      await arena.untilDone(1)
      const producing = produce(arena, jobs / 2, input)
      const backMs: number[] = []
      let shown = 0
      // A quick server has mostly answered what there is: a few more strikes, until one has met a call on its way.
      const isSpared = () => breaks && arena.count('failed') === 0
      for (let round = 0; round < rounds || (round < 8 * rounds && isSpared()); round++) {
        if (round >= rounds) await arena.enqueue(times(jobs / 10, input))
        await sleep(200)
        shown += await strike(store.server)
        backMs.push(await backAfter(arena, machineMs()))
      }
      await producing
      const problems = await arena.finish(...workers)
      const judgement = await arena.judge()
      return {
        judgement,
        proof: {
          [shows]: { count: shown, least: rounds },
          ...(breaks && { 'calls broken off': arena.count('failed') }),
        },
        recovery: { ms: backMs, ...(!quick && { mostMs: 5_000 }) },
        problems: [
          ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`),
          ...problems,
        ],
      }
    },
  }
}

export const clients = serverCell({
  name: 'clients',
  about: 'CLIENT KILL of all connections under load, again and again',
  rounds: 10,
  shows: 'connections killed',
  breaks: true,
  strike: async (server) => Number(await server.say('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
})

export const scripts = serverCell({
  name: 'scripts',
  about: 'FUNCTION FLUSH and SCRIPT FLUSH under load, again and again',
  rounds: 10,
  shows: 'scripts forgotten',
  breaks: false,
  async strike(server) {
    const known = Number(/number_of_functions:(\d+)/.exec(await server.say('INFO', 'memory'))?.[1])
    await server.say('FUNCTION', 'FLUSH')
    await server.say('SCRIPT', 'FLUSH')
    return known
  },
})

export const memory = serverCell({
  name: 'memory',
  about: 'maxmemory is reached under load for two leases (OOM), and lifted',
  rounds: 1,
  leaseMs: 2_000,
  shows: 'refused for want of memory',
  breaks: false,
  async strike(server) {
    await server.say('CONFIG', 'SET', 'maxmemory', 1)
    await sleep(4_000)
    await server.say('CONFIG', 'SET', 'maxmemory', 0)
    return Number(/errorstat_OOM:count=(\d+)/.exec(await server.say('INFO', 'errorstats'))?.[1] ?? 0)
  },
})
