import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../../../src/connect/connect.ts'
import { machineMs } from '../../../history/events.ts'
import type { FaultProxy } from '../../../proxy/proxy.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { RedisStore } from '../../store.ts'
import { backAfter, produce } from './load.ts'

interface Fault {
  name: string
  about: string
  /** How often, and how often for a quick look. */
  rounds: [number, number]
  /** Does it; resolves when it is over, or when nothing hinders going on any more. */
  strike(proxy: FaultProxy, round: number): Promise<void>
}

/** A fault of the network between everybody and the server: consumption is back within 5 s after it. */
function networkCell({ name, about, rounds: [often, seldom], strike }: Fault): Cell {
  return {
    name,
    about: `${about}: consumption is back within 5 s, nothing lost, nothing run twice`,
    async run({ jobs, quick }) {
      const rounds = quick ? seldom : often
      await using store = await RedisStore.start({ proxied: true })
      await using arena = await Arena.open(store, 15_000)
      await using producer = await connect(store.proxyUrl)
      const input = () => ({ ms: 100 })
      await arena.enqueue(times(jobs / 2, input))
      const concurrency = Math.ceil(jobs / 50)
      const workers = await arena.workTwo(concurrency)
      await arena.untilDone(1)
      const producing = produce(arena, jobs / 2, input, producer)
      const backMs: number[] = []
      for (let round = 0; round < rounds; round++) {
        // Something to consume, for as long as it takes.
        await arena.enqueue(times(jobs / 10, input))
        await sleep(200)
        await strike(store.proxy, round)
        backMs.push(await backAfter(arena, machineMs()))
      }
      await producing
      const problems = await arena.finish(...workers)
      const judgement = await arena.judge()
      return {
        judgement,
        proof: {
          faults: { count: backMs.length, least: rounds },
          'calls broken off': arena.count('failed'),
          'answered when repeated': arena.count('recovered'),
          'connections made': store.proxy.accepted,
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

export const cut = networkCell({
  name: 'cut',
  about: 'all connections are reset (RST) under load, again and again',
  rounds: [10, 5],
  async strike(proxy, round) {
    // A quick server has often answered all there is: every other time, what is asked in longer than a job is still on its way.
    if (round % 2 === 0) {
      proxy.hold()
      await sleep(150)
    }
    proxy.cut()
    await proxy.heal()
  },
})

export const forget = networkCell({
  name: 'forget',
  about: 'all connections fall into a black hole (no RST) under load, again and again',
  rounds: [3, 1],
  async strike(proxy) {
    proxy.blackhole('open')
  },
})

export const outage = networkCell({
  name: 'outage',
  about: 'the whole network is a black hole for 3 s, new connections too',
  rounds: [1, 1],
  async strike(proxy) {
    proxy.blackhole()
    await sleep(3_000)
    await proxy.heal()
  },
})

export const refuse = networkCell({
  name: 'refuse',
  about: 'nobody listens for 2 s',
  rounds: [1, 1],
  async strike(proxy) {
    await proxy.refuse()
    proxy.cut()
    await sleep(2_000)
    await proxy.heal()
  },
})
