import { FiberWorkError, type StoredJob } from '../../src/contract/index.ts'
import { dueOf } from './letter.ts'
import type { Queue } from './queues.ts'

/** A message of a FIFO queue cannot be copied without leaving its place in the line: it waits hidden, and SQS hides for 12 hours at most. */
const delayMsMax = 11 * 3_600_000

/** @throws FW_JOB_INVALID */
export function refuseLate(queue: Queue, job: StoredJob, nowMs: number): void {
  if (!queue.fifo || dueOf(job, nowMs) - nowMs <= delayMsMax) return
  const says = `The job ${job.id} is due in more than 11 hours; "${queue.name}" is a FIFO queue, which cannot hold it that long.`
  throw new FiberWorkError('FW_JOB_INVALID', says)
}

/**
 * The lines of a FIFO queue that this process has jobs of. SQS may hand out several of one line at once; here only the first one of
 * each is given out, and the next when that one is gone.
 */
export class Lines<Loan extends { line: string | undefined }> {
  readonly #lines = new Map<string, { head: Loan; behind: Loan[] }>()

  /** Whether it may be given out now; else it waits here for its turn. */
  admit(loan: Loan): boolean {
    if (loan.line === undefined) return true
    const line = this.#lines.get(loan.line)
    if (line === undefined) this.#lines.set(loan.line, { head: loan, behind: [] })
    else line.behind.push(loan)
    return line === undefined
  }

  /** It is gone for good: answers who is next. */
  next(loan: Loan): Loan | undefined {
    const line = this.#lineOf(loan)
    if (line === undefined) return undefined
    const next = line.behind.shift()
    if (next === undefined) this.#lines.delete(loan.line!)
    else line.head = next
    return next
  }

  /** It goes back to the queue: those behind it must follow, or they would overtake it. */
  scatter(loan: Loan): Loan[] {
    const line = this.#lineOf(loan)
    if (line === undefined) return []
    this.#lines.delete(loan.line!)
    return line.behind
  }

  #lineOf(loan: Loan): { head: Loan; behind: Loan[] } | undefined {
    const line = loan.line === undefined ? undefined : this.#lines.get(loan.line)
    return line?.head === loan ? line : undefined
  }
}
