import type { Report } from '../contract/driver.ts'
import type { Roster } from './roster.ts'

/** The progress that fibers reported since the last beat; each is told once. */
export function takeProgress(roster: Roster): Report['progress'] {
  const progress: Report['progress'] = []
  for (const { fiber } of roster.attempts()) {
    if (fiber.progress === undefined) continue
    progress.push({ receipt: fiber.loan.receipt, value: fiber.progress })
    fiber.progress = undefined
  }
  return progress
}
