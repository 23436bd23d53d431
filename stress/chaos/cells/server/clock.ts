import { connect } from '../../../../src/connect/connect.ts'
import { systemEnv } from '../../../../src/base/env.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'

const hourMs = 3_600_000
const delayMs = 1_500

/** Wall clocks of workers and producers that are an hour off, and jump. The server's own clock decides, and stays as it is. */
export const clock: Cell = {
  name: 'clock',
  about:
    "workers' and producers' clocks jump by an hour, forth and back: leases, delays and retries follow the server's",
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 3_000)
    await using ahead = await connect(store.url, shifted(hourMs))
    await using behind = await connect(store.url, shifted(-hourMs))
    const input = (n: number) => ({ ms: 100 + (n % 200), failsFirst: n % 10 === 0 })
    const third = Math.floor(jobs / 3)
    await arena.enqueue(times(third, input))
    await arena.enqueue(times(third, input), { client: ahead, delayMs })
    await arena.enqueue(times(jobs - 2 * third, input), { client: behind, delayMs })
    const { delayed } = await arena.depth()
    const concurrency = Math.ceil(jobs / 30)
    const workers = [
      arena.work(concurrency, { clockOffMs: [0, hourMs, -hourMs] }),
      arena.work(concurrency, { clockOffMs: [-hourMs, 0, hourMs] }),
    ]
    const problems = await endedWell(...workers)
    const judgement = await arena.judge()
    const failed = arena.events().filter((event) => event.kind === 'end' && event.how === 'threw').length
    return {
      judgement,
      proof: { jumps: { count: arena.count('jumped'), least: 6 }, delayed, retries: failed },
      problems: [
        ...expectThat(judgement.seen.again === failed, `${judgement.seen.again - failed} executions too many`),
        ...expectThat(judgement.seen.crashesMax === 0, 'a crash was counted, and nobody crashed'),
        ...problems,
      ],
    }
  },
}

function shifted(byMs: number) {
  return { env: { ...systemEnv, nowMs: () => systemEnv.nowMs() + byMs } }
}
