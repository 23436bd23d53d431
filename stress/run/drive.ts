import { descriptorLimit, socketsBelow } from '../../src/base/descriptors.ts'
import type { Worker } from '../../src/worker/worker.ts'
import { type Measured, Meter } from '../measure/meter.ts'
import type { Tally } from '../measure/tally.ts'
import { type Audience, narrate } from './audience.ts'

/** How somebody who looks on can end a run. */
export interface Control {
  audience: Audience
  /** What runs may end; nothing new is taken. */
  stop: AbortSignal
  /** What runs is given back at once. */
  hurry: AbortSignal
}

/** The concurrency that the descriptor limit carries: each job in flight may be a socket. Raises no limit; warns instead. */
export function fitting(asked: number, audience: Audience): number {
  const limit = descriptorLimit()
  if (limit === undefined) return asked
  const sockets = socketsBelow(limit)
  if (asked <= sockets) return asked
  audience.warn?.(
    `this process may open ${limit} files (ulimit -n), so ${sockets} jobs run at once instead of ${asked}`,
  )
  return sockets
}

/** Stop the worker when somebody asks for it. */
export function obey(worker: Worker, { stop, hurry }: Control): void {
  const end = () => void worker.stop({ reason: 'the run was interrupted' })
  if (stop.aborted) end()
  stop.addEventListener('abort', end, { once: true })
  hurry.addEventListener('abort', end, { once: true })
}

/** Let a paused worker go, and measure until nothing is left to do (or it was stopped). */
export async function drive(worker: Worker, tally: Tally, of: number, { audience }: Control): Promise<Measured> {
  const quiet = narrate(audience, () => ({
    phase: 'working',
    count: tally.ended,
    of,
    inFlight: tally.inFlight,
    retried: tally.retried,
  }))
  const meter = new Meter()
  worker.resume()
  try {
    await worker.idle({ delayed: true })
    return meter.end()
  } finally {
    quiet()
    tally.detach()
  }
}
