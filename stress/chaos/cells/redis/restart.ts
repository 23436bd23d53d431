import { setTimeout as sleep } from 'node:timers/promises'
import { machineMs } from '../../../history/events.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { RedisStore } from '../../store.ts'
import { backAfter, produce } from './load.ts'

/** The server is killed and started again, while producers and workers are at it. */
export const restart: Cell = {
  name: 'restart',
  about: 'Redis (AOF always) is killed and started again under load, again and again: nothing lost, nothing run twice',
  async run({ jobs, quick }) {
    await using store = await RedisStore.start()
    await using arena = await Arena.open(store, 10_000)
    await arena.enqueue(times(jobs / 2, () => ({ ms: 200 })))
    const concurrency = Math.ceil(jobs / 20)
    const workers = await arena.workTwo(concurrency)
    await arena.untilDone(1)
    const producing = produce(arena, jobs / 2, () => ({ ms: 200 }))
    const backMs: number[] = []
    const kills = quick ? 2 : 5
    let aof = 0
    for (let n = 0; n < kills; n++) {
      await sleep(300)
      await store.server.kill()
      await sleep(500)
      await store.server.start()
      backMs.push(await backAfter(arena, machineMs()))
      aof = Number(/aof_current_size:(\d+)/.exec(await store.server.say('INFO', 'persistence'))?.[1] ?? 0)
    }
    await producing
    const problems = await arena.finish(...workers)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: {
        kills: { count: backMs.length, least: kills },
        'calls broken off': arena.count('failed'),
        'bytes in the log': aof,
      },
      recovery: { ms: backMs, ...(!quick && { mostMs: 5_000 }) },
      problems: [...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`), ...problems],
    }
  },
}
