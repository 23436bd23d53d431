import type { Receipt } from '../../contract/verdict.ts'
import { Fiber } from '../../sandbox/fiber.ts'

/** A job for show: it comes from no store and goes to none. */
export function standInJob(name: string): Fiber {
  const loan = {
    receipt: {} as Receipt,
    job: { id: name, queue: 'context', name, priority: 5, body: '' },
    attempts: 1,
    crashes: 0,
    enqueuedAtMs: 0,
    waitedMs: 0,
  }
  return new Fiber(loan, 'doctor', 0, Infinity, Infinity)
}

/** So many jobs at once. */
export function standInJobs(count: number): Fiber[] {
  return Array.from({ length: count }, (_, index) => standInJob(`job-${index + 1}`))
}
