import { setTimeout as sleep } from 'node:timers/promises'
import { machineMs } from '../../../history/events.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { PostgresStore } from '../../stores/postgres.ts'
import { backAfter, produce } from '../redis/load.ts'

/** The server crashes and is started again, while producers and workers are at it. */
export const restart: Cell = {
  name: 'restart',
  about:
    'PostgreSQL crashes (SIGQUIT) and is started again under load, again and again: nothing lost, nothing run twice',
  async run({ jobs, quick }) {
    await using store = await PostgresStore.start()
    await using arena = await Arena.open(store, 20_000)
    await arena.enqueue(times(jobs / 2, () => ({ ms: 200 })))
    const workers = await arena.workTwo(Math.ceil(jobs / 20))
    await arena.untilDone(1)
    const producing = produce(arena, jobs / 2, () => ({ ms: 200 }))
    const backMs: number[] = []
    const crashes = quick ? 2 : 5
    for (let n = 0; n < crashes; n++) {
      await sleep(300)
      await store.server.restart('SIGQUIT')
      backMs.push(await backAfter(arena, machineMs()))
    }
    await producing
    const problems = await arena.finish(...workers)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: { crashes: { count: backMs.length, least: crashes }, 'calls broken off': arena.count('failed') },
      recovery: { ms: backMs, ...(!quick && { mostMs: 5_000 }) },
      problems: [...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`), ...problems],
    }
  },
}
