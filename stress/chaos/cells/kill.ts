import { startService } from '../../service/service.ts'
import { Arena, times } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'
import { endedWell } from '../process.ts'

const latencyMs = 200

/** SIGKILL in the middle, and a restart with a short lease. */
export const kill: Cell = {
  name: 'kill',
  about: 'SIGKILL in the middle of HTTP and sleeping jobs, then a restart: nothing lost, each second run explained',
  async run({ jobs, open }) {
    await using service = await startService({ latencyMs })
    await using store = await open()
    await using arena = await Arena.open(store, 2_000)
    const urls = service.origins
    await arena.enqueue(
      times(jobs, (n) => (n % 2 === 0 ? { ms: latencyMs } : { ms: latencyMs, url: `${urls[n % urls.length]}/chaos` })),
    )
    const concurrency = Math.ceil(jobs / 10)
    const first = arena.work(concurrency)
    await arena.untilDone(jobs * 0.3)
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
