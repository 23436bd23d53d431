import { report, stopwatch } from './input.ts'
import { meterRedis } from './redis-meter.ts'

const pad = 'x'.repeat(180)
export interface Input {
  n: number
  pad: string
}

/** How a contender adds: many at once, or one, awaited until it is acknowledged. */
export interface Adder {
  bulk: (inputs: Input[]) => Promise<unknown>
  single: (input: Input) => Promise<unknown>
}

interface Given {
  jobs: number
  mode: string
  /** Jobs in one call of `bulk`; 0: all. */
  chunk: number
  /** Callers of `single`, each awaiting one after the other. */
  callers: number
}
export const enqueueDefaults: Given = { jobs: 100_000, mode: 'bulk', chunk: 0, callers: 100 }

export async function measureEnqueue(url: string, given: Given, { bulk, single }: Adder): Promise<void> {
  const { jobs, mode, chunk, callers } = given
  // The first call connects, and loads the scripts.
  await single({ n: -1, pad })
  const meter = meterRedis(url)
  const watch = stopwatch()
  if (mode === 'bulk') {
    const most = chunk === 0 ? jobs : chunk
    for (let n = 0; n < jobs; n += most) {
      await bulk(Array.from({ length: Math.min(most, jobs - n) }, (_, i) => ({ n: n + i, pad })))
    }
  } else {
    let next = 0
    const call = async () => {
      while (next < jobs) await single({ n: next++, pad })
    }
    await Promise.all(Array.from({ length: callers }, call))
  }
  const wallMs = watch.wallMs()
  const cpuMs = watch.cpuMs()
  report({ enqueuedPerSecond: (jobs / wallMs) * 1_000, cpuUs: (cpuMs / jobs) * 1_000, ...meter(jobs) })
}
