import { Arena, times } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'
import { endedWell } from '../process.ts'

/** Two worker processes on one store. */
export const pair: Cell = {
  name: 'pair',
  about: 'two worker processes on one store: each job is executed once, and both have their share',
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 10_000)
    await arena.enqueue(times(jobs, (n) => ({ ms: 20 + (n % 50) })))
    const concurrency = Math.ceil(jobs / 20)
    const [one, two] = [arena.work(concurrency), arena.work(concurrency)]
    const problems = await endedWell(one, two)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: {
        'executions of the first': arena.count('start', one),
        'executions of the second': arena.count('start', two),
      },
      problems: [
        ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`),
        ...expectThat(judgement.seen.crashesMax === 0, 'a crash was counted, and nobody crashed'),
        ...problems,
      ],
    }
  },
}
