import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../../../src/connect/connect.ts'
import { machineMs } from '../../../history/events.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import type { ServerStore } from '../../stores/server-store.ts'
import { backAfter, produce } from './load.ts'

/** More rounds than it takes, where chance has spared every call. */
const roundsMore = 8

export interface Strike<Store extends ServerStore> {
  name: string
  about: string
  /** How often, and how often for a quick look. */
  rounds: [often: number, seldom: number]
  leaseMs?: number
  /** Workers and producers go through the proxy. */
  proxied?: boolean
  /** Calls must fail by it, and be answered when they are repeated. */
  breaks: boolean
  /** Does it; resolves when it is over, or when nothing hinders going on any more. Answers how much of `shows` it did. */
  strike(store: Store, round: number): Promise<number>
  shows: string
}

/** Something that happens to the server, or to the way to it, again and again, while producers and two workers are at it. */
export function struck<Store extends ServerStore>(fault: Strike<Store>): Cell<Store> {
  const { name, about, leaseMs = 15_000, proxied = false, breaks, shows } = fault
  return {
    name,
    about: `${about}: work goes on afterwards, nothing lost, nothing run twice`,
    async run({ jobs, quick, open }) {
      const rounds = fault.rounds[quick ? 1 : 0]
      await using store = await open({ proxied })
      await using arena = await Arena.open(store, leaseMs)
      await using producer = await connect(store.workerUrl)
      const input = () => ({ ms: 100 })
      await arena.enqueue(times(jobs / 2, input))
      const workers = await arena.workTwo(Math.ceil(jobs / 50))
      await arena.untilDone(1)
      const producing = produce(arena, jobs / 2, input, producer)
      const isSpared = () => breaks && arena.count('recovered') === 0
      const backMs: number[] = []
      let shown = 0
      for (let round = 0; round < rounds || (round < roundsMore * rounds && isSpared()); round++) {
        // Something to consume while it happens, and something to come back to.
        await arena.enqueue(times(jobs / 10, input))
        await sleep(200)
        shown += await fault.strike(store, round)
        const overMs = machineMs()
        await arena.enqueue(times(jobs / 50, input))
        backMs.push(await backAfter(arena, overMs))
      }
      await producing
      const problems = await arena.finish(...workers)
      const judgement = await arena.judge()
      return {
        judgement,
        proof: {
          [shows]: { count: shown, least: rounds },
          ...(breaks && {
            'calls broken off': arena.count('failed'),
            'answered when repeated': arena.count('recovered'),
          }),
          ...(proxied && { 'connections made': store.proxy.accepted }),
        },
        recovery: { ms: backMs, ...(!quick && { mostMs: store.backMsMax }) },
        problems: [
          ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`),
          ...problems,
        ],
      }
    },
  }
}
