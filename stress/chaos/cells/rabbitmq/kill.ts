import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'
import { judgeByHistory } from './judge.ts'

/** SIGKILL in the middle: the system closes the connection, and the broker has the jobs again at once. */
export const kill: Cell = {
  name: 'kill',
  about: 'SIGKILL in the middle of sleeping jobs, then a restart: nothing lost, each second run explained',
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 30_000)
    await arena.enqueue(times(jobs, () => ({ ms: 500 })))
    const concurrency = Math.ceil(jobs / 10)
    const first = arena.work(concurrency)
    await arena.untilBegun(jobs * 0.3)
    await arena.until('it is busy', async () => arena.count('start') - arena.count('end') > concurrency / 3)
    first.hurt('kill')
    const { signal } = await first.ended
    const problems = await endedWell(arena.work(concurrency))
    const judgement = judgeByHistory(arena)
    return {
      judgement,
      proof: { 'executions cut off': judgement.seen.cutOff, 'executions again': judgement.seen.again },
      problems: [...expectThat(signal === 'SIGKILL', 'the first worker had ended before it was killed'), ...problems],
      recovery: { ms: judgement.seen.recoveryMs },
    }
  },
}
