import type { JobEvent } from '../contract/events.ts'
import type { Fiber } from './fiber.ts'
import type { Handle } from './storage.ts'

/** What events, and whatever else outlives the job, say of it. */
export function labelOf(fiber: Fiber): JobEvent {
  const { job, attempts } = fiber.loan
  const { id, name, queue, group } = job
  const { worker, tenant } = fiber
  if (tenant === undefined) return { worker, id, name, queue, group, attempt: attempts }
  return { worker, id, name, queue, group, tenant, attempt: attempts }
}

/** Whose sandbox this is, or was. */
export function labelOfHandle({ fiber, was }: Handle): JobEvent | undefined {
  return fiber === undefined ? was : labelOf(fiber)
}
