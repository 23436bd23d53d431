import { startService } from '../../service/service.ts'
import { Arena } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'

const latencyMs = 200

/** SIGKILL in the middle, and a restart with a short lease. */
export const kill: Cell = {
  name: 'kill',
  about: 'SIGKILL in the middle of HTTP and sleeping jobs, then a restart: nothing lost, each second run explained',
  async run(jobs) {
    await using service = await startService({ latencyMs })
    await using arena = await Arena.open(2_000)
    const urls = service.origins
    await arena.enqueue(
      Array.from({ length: jobs }, (_, n) =>
        n % 2 === 0 ? { ms: latencyMs } : { ms: latencyMs, url: `${urls[n % urls.length]}/chaos` },
      ),
    )
    const concurrency = Math.ceil(jobs / 10)
    const first = arena.work(concurrency)
    await arena.untilDone(jobs * 0.3)
    first.hurt('kill')
    const { signal } = await first.ended
    const second = await arena.work(concurrency).ended
    const judgement = await arena.judge()
    return {
      judgement,
      proof: { 'executions cut off': judgement.seen.cutOff, 'executions again': judgement.seen.again },
      problems: [
        ...expectThat(signal === 'SIGKILL', 'the first worker had ended before it was killed'),
        ...expectThat(second.code === 0, `the second worker ended with ${second.code ?? second.signal}`),
      ],
    }
  },
}
