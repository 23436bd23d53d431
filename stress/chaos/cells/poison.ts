import { Arena, times } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'

/** More restarts than that, and the supervisor of a real deployment would have given up. */
const restartsMax = 12

/** One job that kills its process, beside innocents, under a parent that restarts. */
export const poison: Cell = {
  name: 'poison',
  about: 'one job kills its process beside innocents: exactly that one is quarantined, the others are done',
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 2_000)
    const innocents = (count: number) => times(count, () => ({ ms: 50 }))
    await arena.enqueue(innocents(Math.floor(jobs / 2)))
    await arena.enqueue([{ ms: 20, poison: true }], { expected: 'quarantined' })
    await arena.enqueue(innocents(Math.ceil(jobs / 2)))
    let kills = 0
    let code: number | null = null
    for (let restart = 0; restart < restartsMax && code === null; restart++) {
      const worker = arena.work(1_000)
      const ended = await worker.ended
      code = ended.code
      if (ended.signal !== 'SIGKILL') continue
      arena.died(worker.pid)
      kills++
    }
    const judgement = await arena.judge()
    const { quarantined = 0, done = 0 } = judgement.seen.ended
    return {
      judgement,
      proof: { kills, 'executions cut off': judgement.seen.cutOff },
      problems: [
        ...expectThat(code === 0, `after ${kills} kills the worker ended with ${code ?? 'a signal'}`),
        ...expectThat(quarantined === 1, `${quarantined} jobs are quarantined instead of 1`),
        ...expectThat(done === jobs, `${done} of ${jobs} innocents are done`),
        ...expectThat(kills <= 4, `it took ${kills} crashes to find the one job`),
      ],
    }
  },
}
