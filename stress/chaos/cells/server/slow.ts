import { setTimeout as sleep } from 'node:timers/promises'
import { machineMs } from '../../../history/events.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import type { ServerStore } from '../../stores/server-store.ts'
import { backAfter } from './load.ts'

const delayMs = 250
const slowMs = 4_000

/** A network that is slow, and a server that is not there for a moment (it lives, and says nothing). */
export const slow: Cell<ServerStore> = {
  name: 'slow',
  about:
    'the network takes 250 ms each way and 200 kB/s for 4 s, then the server halts for 2 s: work goes on, nothing run twice',
  async run({ jobs, quick, open }) {
    await using store = await open({ proxied: true })
    await using arena = await Arena.open(store, 15_000)
    await arena.enqueue(times(jobs, () => ({ ms: 100 })))
    const concurrency = Math.ceil(jobs / 100)
    const workers = await arena.workTwo(concurrency)
    await arena.untilDone(1)
    store.proxy.delay(delayMs)
    store.proxy.throttle(200_000)
    const before = (await arena.depth()).done
    await sleep(slowMs)
    const whileSlow = (await arena.depth()).done - before
    await store.proxy.heal()
    const backMs = [await backAfter(arena, machineMs())]
    store.pause()
    await sleep(2_000)
    store.resume()
    backMs.push(await backAfter(arena, machineMs()))
    const problems = await arena.finish(...workers)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: { 'done while it was slow': whileSlow, halts: 1 },
      recovery: { ms: backMs, ...(!quick && { mostMs: store.backMsMax }) },
      problems: [...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`), ...problems],
    }
  },
}
