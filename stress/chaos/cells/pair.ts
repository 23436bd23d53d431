import { Arena } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'

/** Two worker processes on one file. */
export const pair: Cell = {
  name: 'pair',
  about: 'two worker processes on one file: each job is executed once, and both have their share',
  async run(jobs) {
    await using arena = await Arena.open(10_000)
    await arena.enqueue(Array.from({ length: jobs }, (_, n) => ({ ms: 20 + (n % 50) })))
    const concurrency = Math.ceil(jobs / 20)
    const workers = [arena.work(concurrency), arena.work(concurrency)]
    const codes = await Promise.all(workers.map(async (worker) => (await worker.ended).code))
    const judgement = await arena.judge()
    const starts = arena.events().filter(({ kind }) => kind === 'start')
    const shares = workers.map(({ pid }) => starts.filter((event) => event.pid === pid).length)
    return {
      judgement,
      proof: { 'executions of the first': shares[0] ?? 0, 'executions of the second': shares[1] ?? 0 },
      problems: [
        ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`),
        ...expectThat(judgement.seen.crashesMax === 0, 'a crash was counted, and nobody crashed'),
        ...expectThat(
          codes.every((code) => code === 0),
          `ended with ${codes.join(', ')} instead of 0`,
        ),
      ],
    }
  },
}
