import type { JobEvent } from '../contract/events.ts'
import type { Fiber } from './fiber.ts'

/** What events about a job say of it. It holds nothing of the job's data, and may be kept after its end. */
export function jobEvent(fiber: Fiber): JobEvent {
  const { job, attempts } = fiber.loan
  const { id, name, queue, group } = job
  const { worker, tenant } = fiber
  return { worker, id, name, queue, group, attempt: attempts, ...(tenant !== undefined && { tenant }) }
}
