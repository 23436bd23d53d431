import { Arena, times } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'
import { endedWell } from '../process.ts'

interface Blocking {
  /** How long the worker runs before it is blocked: until its guardian renews. */
  settlesMs: number
  /** For a quick look: the lease, and how long the loop is blocked. */
  quickMs: [leaseMs: number, blockMs: number]
}

/** Handlers that block the event loop for many leases, beside a worker that waits for something to do. */
export const blockCell = ({ settlesMs, quickMs }: Blocking): Cell => ({
  name: 'block',
  about: 'a handler blocks the event loop for many leases beside an idle worker: nothing is taken from it',
  async run({ jobs, quick, open }) {
    const [leaseMs, blockMs] = quick ? quickMs : [10_000, 60_000]
    await using store = await open()
    await using arena = await Arena.open(store, leaseMs)
    await arena.enqueue(times(jobs, () => ({ ms: blockMs / 2 })))
    await arena.enqueue([{ ms: settlesMs, blockMs }])
    const blocked = arena.work(jobs + 1)
    await arena.untilBegun(jobs + 1)
    const idle = arena.work(jobs + 1)
    const problems = await endedWell(blocked, idle)
    const judgement = await arena.judge()
    const events = arena.events()
    const firstEndMs = events.find(({ kind }) => kind === 'end')!.atMs
    const watchingMs = events.find(({ kind, pid }) => kind === 'began' && pid === idle.pid)!.atMs
    const reports = events.filter((event) => event.kind === 'blocked')
    return {
      judgement,
      proof: {
        'in flight beside it': jobs,
        'leases without a turn of the loop': { count: Math.floor((firstEndMs - watchingMs) / leaseMs), least: 3 },
        'named by the guardian': reports.filter(({ sure, id }) => sure === 'exact' && id !== undefined).length,
      },
      problems: [
        ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} redeliveries`),
        ...expectThat(arena.count('swept') === 0, 'jobs were taken back'),
        ...expectThat(arena.count('start', idle) === 0, 'the idle worker ran something'),
        ...problems,
      ],
    }
  },
})

export const block = blockCell({ settlesMs: 500, quickMs: [2_500, 15_000] })
