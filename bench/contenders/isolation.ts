import type { Reservation } from '../../src/contract/driver.ts'
import type { Receipt } from '../../src/contract/verdict.ts'
import { Fiber } from '../../src/sandbox/fiber.ts'
import { storage } from '../../src/sandbox/storage.ts'
import { systemEnv } from '../../src/base/env.ts'
import type { Isolation } from '../../src/contract/isolation.ts'
import { PollutionGuard } from '../../src/isolation/pollution/guard.ts'
import { input, report, stopwatch } from './input.ts'

// What the sandbox costs beyond a bare async call: storage, handle, fiber, and the settle that empties it. With `isolation` also what
// the pollution guard costs at that level, in a process that is its own.
const { jobs, concurrency, mode, isolation } = input({
  jobs: 2_000_000,
  concurrency: 1_000,
  mode: 'bare',
  isolation: 'off' as Isolation,
})
const guard = isolation === 'off' ? undefined : new PollutionGuard(isolation, { env: systemEnv, ownsProcess: true })
guard?.start()
const loan: Reservation = {
  receipt: 'r' as Receipt,
  job: { id: 'i', queue: 'q', name: 'n', priority: 5, body: '{}' },
  attempts: 1,
  crashes: 0,
  enqueuedAtMs: 0,
  waitedMs: 0,
}
async function handler(): Promise<number> {
  await Promise.resolve()
  await Promise.resolve()
  return 1
}
async function isolated(fiber: Fiber): Promise<void> {
  guard?.entered(fiber)
  const result = handler()
  guard?.paused(fiber)
  await result
  if (mode === 'signal') void fiber.signal
  guard?.left(fiber)
  fiber.settle()
}
async function loop(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    if (mode === 'bare') await bare()
    else {
      const fiber = new Fiber(loan, 'w', 0, Infinity, 30_000)
      await storage.run(fiber.handle, isolated, fiber)
    }
  }
}
async function bare(): Promise<void> {
  await handler()
}
const round = async (count: number) => {
  const watch = stopwatch()
  await Promise.all(Array.from({ length: concurrency }, () => loop(count / concurrency)))
  return watch.cpuMs()
}
await round(jobs / 4)
const best = Math.min(await round(jobs), await round(jobs), await round(jobs))
report({ nanosecondsPerJob: (best / jobs) * 1e6 })
