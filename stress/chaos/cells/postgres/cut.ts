import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { PostgresStore } from '../../stores/postgres.ts'

/** All connections of the workers are cut, again and again: replies are lost after their commit. */
export const cut: Cell = {
  name: 'cut',
  about:
    'the connections of the workers are cut under load, again and again: lost replies are given again, nothing is run twice',
  async run({ jobs, quick }) {
    await using store = await PostgresStore.start({ proxied: true })
    await using arena = await Arena.open(store, 20_000)
    await arena.enqueue(times(jobs, () => ({ ms: 100 })))
    const workers = await arena.workTwo(Math.ceil(jobs / 20))
    await arena.untilDone(1)
    const least = quick ? 5 : 25
    let cuts = 0
    for (; cuts < least; cuts++) {
      await sleep(100)
      store.proxy.cut(cuts % 2 === 0 ? 'reset' : 'end')
    }
    const problems = await arena.finish(...workers)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: { cuts: { count: cuts, least }, 'connections made': store.proxy.accepted },
      problems: [...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`), ...problems],
    }
  },
}
