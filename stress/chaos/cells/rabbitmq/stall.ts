import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../../arena.ts'
import type { Cell } from '../../cell.ts'
import { endedWell } from '../../process.ts'
import { judgeByHistory } from './judge.ts'

/** A worker that stands still: the system keeps its connection, and the heartbeat outlasts the stall. */
export const pause: Cell = {
  name: 'pause',
  about: 'SIGSTOP for six seconds, then SIGCONT: the connection holds, its jobs stay its own, and each runs once',
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 30_000)
    await arena.enqueue(times(jobs, () => ({ ms: 500 })))
    const concurrency = Math.ceil(jobs / 10)
    const [sleeper, other] = [arena.work(concurrency), arena.work(concurrency)]
    await arena.untilBegun(jobs * 0.3)
    sleeper.hurt('pause')
    const running = arena.count('start', sleeper) - arena.count('end', sleeper)
    await sleep(6_000)
    sleeper.hurt('resume')
    const problems = await endedWell(sleeper, other)
    return { judgement: judgeByHistory(arena), proof: { 'running when stopped': running }, problems }
  },
}
