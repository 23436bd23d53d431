import { startService } from '../../service/service.ts'
import { Arena, times } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'

const latencyMs = 400

/** SIGTERM twice in the middle, with a grace that is too short for what runs. */
export const terminate: Cell = {
  name: 'terminate',
  about: 'SIGTERM in the middle of HTTP and sleeping jobs, then a restart: nothing lost, no attempt burned, exit 0',
  async run({ jobs, open }) {
    await using service = await startService({ latencyMs })
    await using store = await open()
    await using arena = await Arena.open(store, 10_000)
    const urls = service.origins
    await arena.enqueue(
      times(jobs, (n) => (n % 2 === 0 ? { ms: latencyMs } : { ms: latencyMs, url: `${urls[n % urls.length]}/chaos` })),
    )
    const concurrency = Math.ceil(jobs / 5)
    const codes: (number | null)[] = []
    for (const share of [0.2, 0.5]) {
      const worker = arena.work(concurrency, { graceMs: 100 })
      await arena.untilDone(jobs * share)
      worker.hurt('term')
      codes.push((await worker.ended).code)
    }
    const { running } = await arena.depth()
    codes.push((await arena.work(concurrency).ended).code)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: { 'stopped executions': judgement.seen.stopped },
      problems: [
        ...expectThat(
          codes.every((code) => code === 0),
          `ended with ${codes.join(', ')} instead of 0`,
        ),
        ...expectThat(running === 0, `${running} jobs were still on loan to a worker that had ended`),
        ...expectThat(judgement.seen.crashesMax === 0, 'a shutdown was counted as a crash'),
      ],
    }
  },
}
