import type { SendSpan } from '../base/tracing.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { StoredJob } from '../contract/job.ts'
import type { Principal } from '../contract/principal.ts'
import type { Fiber } from './fiber.ts'
import { peekFiber } from './storage.ts'

/** How a job leaves. */
export interface Departure {
  /** The job that enqueues it. */
  by: Fiber | undefined
  /** The option `as` of its enqueue. */
  as: Principal | false | undefined
}

/** Adds headers to a job that is about to be enqueued. What it throws, the enqueue throws. */
export type Carrier = (job: StoredJob, departure: Departure) => void

/** Looks at a job before its handler. What it throws, the job fails with. */
export type Admission = (fiber: Fiber) => void

const carriers: Carrier[] = []
const admissions: Admission[] = []

/** What shall travel with jobs from now on: put on when they are enqueued, looked at where they run. */
export function accompany(carrier: Carrier, admission: Admission): void {
  carriers.push(carrier)
  admissions.push(admission)
}

/** The job with what travels with it: the span that it is sent with, or the trace of the job that enqueues it, and what was registered. */
export function depart(
  job: StoredJob,
  as: Departure['as'],
  by: Fiber | undefined = peekFiber(),
  span?: SendSpan,
): StoredJob {
  if (carriers.length === 0 && as !== undefined && as !== false) {
    throw new FiberWorkError('FW_AUTH_UNCONFIGURED', `Nothing here carries the principal of "${job.name}".`)
  }
  if (span !== undefined) span.stamp(job)
  else if (by !== undefined) continueTrace(job, by)
  for (const carry of carriers) carry(job, { by, as })
  return job
}

/** Throws why the job may not run. */
export function admit(fiber: Fiber): void {
  for (const admission of admissions) admission(fiber)
}

function continueTrace(job: StoredJob, by: Fiber): void {
  const { traceparent, tracestate } = by.loan.job.headers ?? {}
  if (traceparent === undefined || job.headers?.['traceparent'] !== undefined) return
  job.headers = { ...job.headers, traceparent, ...(tracestate !== undefined && { tracestate }) }
}
