import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'

/** SIGKILL in the middle: SQS hands out again what the dead worker held, when its visibility ends. */
export const kill: Cell = {
  name: 'kill',
  about: 'SIGKILL in the middle of sleeping jobs, then a restart: nothing lost, each second run explained',
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 6_000)
    await arena.enqueue(times(jobs, () => ({ ms: 2_000 })))
    const concurrency = Math.ceil(jobs / 5)
    const first = arena.work(concurrency)
    await arena.untilDone(jobs * 0.2)
    await arena.until('it is busy', async () => arena.count('start') - arena.count('end') > concurrency / 3)
    first.hurt('kill')
    const { signal } = await first.ended
    const problems = await endedWell(arena.work(concurrency))
    const judgement = await arena.judge()
    return {
      judgement,
      proof: { 'executions cut off': judgement.seen.cutOff, 'executions again': judgement.seen.again },
      problems: [...expectThat(signal === 'SIGKILL', 'the first worker had ended before it was killed'), ...problems],
    }
  },
}
