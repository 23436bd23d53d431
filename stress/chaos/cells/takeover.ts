import { Arena, times } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'
import { endedWell } from '../process.ts'

/** SIGKILL of a worker that holds every job there is, beside one that has nothing to do. */
export const takeover: Cell = {
  name: 'takeover',
  about: 'SIGKILL of a worker with all jobs in flight, beside an idle one: all come back within their lease and 2 s',
  async run({ jobs, quick, open }) {
    const leaseMs = quick ? 3_000 : 10_000
    await using store = await open()
    await using arena = await Arena.open(store, leaseMs)
    await arena.enqueue(times(jobs, () => ({ ms: 120_000, againMs: 1 })))
    const first = arena.work(jobs)
    await arena.untilBegun(jobs)
    const inFlight = (await arena.depth()).running
    const second = arena.work(jobs)
    first.hurt('kill')
    const killedMs = arena.events().find(({ kind }) => kind === 'kill')!.atMs
    const problems = await endedWell(second)
    const judgement = await arena.judge()
    const sweeps = arena.events().filter((event) => event.kind === 'swept')
    const backMs = sweeps.flatMap(({ atMs, taken }) => times(taken, () => atMs - killedMs))
    return {
      judgement,
      proof: {
        'in flight at the kill': { count: inFlight, least: jobs },
        'taken back': { count: backMs.length, least: jobs },
        'executions again': { count: judgement.seen.again, least: jobs },
      },
      recovery: { ms: backMs, ...(!quick && { mostMs: leaseMs + 2_000 }) },
      problems: [
        ...expectThat(judgement.seen.crashesMax === 1, `one death was counted ${judgement.seen.crashesMax} times`),
        ...problems,
      ],
    }
  },
}
