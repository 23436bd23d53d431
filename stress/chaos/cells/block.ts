import type { Event } from '../../history/events.ts'
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
    await arena.enqueue(times(jobs, () => ({ ms: blockMs })))
    await arena.enqueue([{ ms: settlesMs, blockMs }])
    const blocker = [...arena.enqueued.keys()].at(-1)!
    const blocked = arena.work(jobs + 1)
    await arena.untilBegun(jobs + 1)
    const idle = arena.work(jobs + 1)
    const problems = await endedWell(blocked, idle)
    const judgement = await arena.judge()
    const events = arena.events()
    const watchingMs = events.find(({ kind, pid }) => kind === 'began' && pid === idle.pid)!.atMs
    // It ends as soon as the loop turns again, however long it took to begin.
    const turnsMs = endOf(events, blocker)
    const watchedMs = turnsMs - Math.max(watchingMs, turnsMs - blockMs)
    const reports = events.filter((event) => event.kind === 'blocked')
    return {
      judgement,
      proof: {
        'in flight beside it': jobs,
        'leases without a turn of the loop': { count: Math.floor(watchedMs / leaseMs), least: 3 },
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

function endOf(events: readonly Event[], job: string): number {
  const start = events.find((event) => event.kind === 'start' && event.id === job)
  const end = events.find((event) => event.kind === 'end' && start?.kind === 'start' && event.run === start.run)
  return end?.atMs ?? -Infinity
}

export const block = blockCell({ settlesMs: 500, quickMs: [2_500, 15_000] })
