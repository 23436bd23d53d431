import { Arena, type ChaosWorker, until } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'

/** A worker that is stopped past its lease and let go again, while another one takes over. */
export const pause: Cell = {
  name: 'pause',
  about: 'SIGSTOP past the lease, then SIGCONT: another worker takes over, and the late settles change nothing',
  async run(jobs) {
    await using arena = await Arena.open(2_000)
    await arena.enqueue(Array.from({ length: jobs }, () => ({ ms: 100 })))
    const concurrency = Math.ceil(jobs / 20)
    const [sleeper, other] = [arena.work(concurrency), arena.work(concurrency)]
    await until('both work', async () => {
      const starts = arena.events().filter(({ kind }) => kind === 'start')
      return [sleeper, other].every(({ pid }) => starts.some((event) => event.pid === pid))
    })
    await arena.untilDone(jobs * 0.2)
    sleeper.hurt('pause')
    await until('the other one runs what the first one held', async () => takenOver(arena, sleeper) > 0)
    sleeper.hurt('resume')
    const codes = [(await sleeper.ended).code, (await other.ended).code]
    const judgement = await arena.judge()
    const revoked = arena.events().filter(({ kind, pid }) => kind === 'revoked' && pid === sleeper.pid).length
    const { tooLate, staleSettles } = judgement.seen
    return {
      judgement,
      proof: {
        'taken over': takenOver(arena, sleeper),
        'late returns or refused settles': tooLate + staleSettles,
        revoked,
      },
      problems: expectThat(
        codes.every((code) => code === 0),
        `ended with ${codes.join(', ')} instead of 0`,
      ),
    }
  },
}

/** How many executions of the paused worker were begun anew by somebody else. */
function takenOver(arena: Arena, paused: ChaosWorker): number {
  const starts = arena.events().filter((event) => event.kind === 'start')
  const own = new Set(starts.filter(({ pid }) => pid === paused.pid).map(({ id }) => id))
  return starts.filter(({ pid, id }) => pid !== paused.pid && own.has(id)).length
}
