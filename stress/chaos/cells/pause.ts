import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../arena.ts'
import { type Cell } from '../cell.ts'
import { endedWell, type ChaosProcess } from '../process.ts'

/** A worker that is stopped past its lease and let go again, while another one takes over. */
export const pause: Cell = {
  name: 'pause',
  about: 'SIGSTOP for three leases, then SIGCONT: another worker takes over, and what returns late changes nothing',
  async run({ jobs, open }) {
    const leaseMs = 2_000
    await using store = await open()
    await using arena = await Arena.open(store, leaseMs)
    // Deaf, so that what returns late is a verdict that somebody has to refuse.
    await arena.enqueue(times(jobs, (n) => ({ ms: 1_000 + (n % 500), deaf: true, againMs: 20 })))
    const concurrency = Math.ceil(jobs / 3)
    // It stays: with nothing left to do it could end before it is told that its lease was taken.
    const sleeper = arena.work(concurrency, { stays: true })
    await arena.untilDone(concurrency)
    await arena.until('it is full', async () => arena.count('start') - arena.count('end') > concurrency / 2)
    sleeper.hurt('pause')
    const other = arena.work(concurrency)
    await sleep(3 * leaseMs)
    await arena.until('the other one runs what the first one held', async () => takenOver(arena, sleeper) > 0)
    sleeper.hurt('resume')
    await arena.until('the paused one hears of it', async () => arena.count('revoked', sleeper) > 0)
    const problems = [...(await arena.finish(sleeper)), ...(await endedWell(other))]
    const judgement = await arena.judge()
    return {
      judgement,
      proof: {
        'taken over': takenOver(arena, sleeper),
        'late returns': judgement.seen.tooLate,
        revoked: arena.count('revoked', sleeper),
      },
      problems,
    }
  },
}

/** How many executions of the paused worker were begun anew by somebody else. */
function takenOver(arena: Arena, paused: ChaosProcess): number {
  const starts = arena.events().filter((event) => event.kind === 'start')
  const own = new Set(starts.filter(({ pid }) => pid === paused.pid).map(({ id }) => id))
  return starts.filter(({ pid, id }) => pid !== paused.pid && own.has(id)).length
}
