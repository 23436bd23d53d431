import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'

/** A worker that is stopped past the visibility of its messages: SQS has no sessions that could be revoked, it hands them out again. */
export const late: Cell = {
  name: 'late',
  about:
    'SIGSTOP for three visibility timeouts, then SIGCONT: another worker takes over, and what returns late is told as stale',
  async run({ jobs, open }) {
    const leaseMs = 6_000
    await using store = await open()
    await using arena = await Arena.open(store, leaseMs)
    await arena.enqueue(times(jobs, () => ({ ms: 12_000, deaf: true })))
    const concurrency = Math.ceil(jobs / 2)
    const sleeper = arena.work(concurrency)
    await arena.untilBegun(concurrency / 2)
    sleeper.hurt('pause')
    const other = arena.work(concurrency)
    await sleep(3 * leaseMs)
    await arena.until('the other one has begun all', async () => arena.count('start', other) >= concurrency / 2)
    sleeper.hurt('resume')
    const problems = await endedWell(sleeper, other)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: {
        'executions again': judgement.seen.again,
        'late returns': judgement.seen.tooLate,
        'told as stale': arena.count('stale', sleeper),
      },
      problems: [...expectThat(arena.count('revoked') === 0, 'a session was revoked'), ...problems],
    }
  },
}
