import type { Due, Keep, Verdict } from '../../src/contract/index.ts'
import { isOwn } from './codec.ts'
import { hasUnfinishedChildren } from './errors.ts'
import type { Loan } from './loans.ts'

/** Writes one verdict down, by BullMQ's own verbs: its scripts compare the token in the lock in the same step. */
export function write(loan: Loan, verdict: Verdict, nowMs: number): Promise<unknown> {
  switch (verdict.kind) {
    case 'done':
      return complete(loan, verdict)
    case 'retry':
      return retry(loan, verdict.error ?? 'retried', dueAtMs(verdict, nowMs) - nowMs)
    case 'release':
      return release(loan, dueAtMs(verdict, nowMs), nowMs)
    case 'dead':
    case 'quarantined':
    case 'cancelled':
      return failFinally(loan, verdict.reason)
  }
}

/** A result that is no JSON is kept as text. */
function resultOf(result: string | undefined): unknown {
  if (result === undefined) return undefined
  try {
    return JSON.parse(result) as unknown
  } catch {
    return result
  }
}

async function complete({ job, token }: Loan, { keep, result }: Extract<Verdict, { kind: 'done' }>): Promise<void> {
  if (isOwn(job)) job.opts.removeOnComplete = keptAs(keep)
  try {
    await job.moveToCompleted(resultOf(result), token, false)
  } catch (error) {
    if (!hasUnfinishedChildren(error)) throw error
    // A parent that completes before its children fails at BullMQ, and is tried again as its own options say.
    await job.moveToFailed(error as Error, token, false)
  }
}

function keptAs(keep: Keep | undefined): true | { count: number; age: number } {
  return keep === undefined || keep.count === 0 ? true : { count: keep.count, age: keep.ageMs / 1_000 }
}

function dueAtMs({ due }: { due?: Due }, nowMs: number): number {
  return due === undefined ? nowMs : 'inMs' in due ? nowMs + due.inMs : due.atMs
}

/** BullMQ counts an attempt and computes a delay from the job's options: we tell it the delay that the core has decided. */
async function retry(loan: Loan, error: string, inMs: number): Promise<void> {
  const { job, token } = loan
  const asked = job.opts
  const delay = Math.max(0, Math.round(inMs))
  job.opts = { ...asked, attempts: job.attemptsMade + 2, backoff: { type: 'fixed', delay } }
  try {
    await job.moveToFailed(errorOf(loan, error), token, false)
  } finally {
    job.opts = asked
  }
}

/** Without an attempt. */
export async function release(loan: Pick<Loan, 'job' | 'token'>, atMs: number, nowMs: number): Promise<void> {
  const { job, token } = loan
  if (atMs > nowMs) await job.moveToDelayed(Math.round(atMs), token)
  else await job.moveToWait(token)
}

export async function failFinally(loan: Loan, reason: string): Promise<void> {
  const told = errorOf(loan, reason)
  const final = new Error(told.message)
  // BullMQ knows it by its name, and does not try again.
  final.name = 'UnrecoverableError'
  if (told.stack !== undefined) final.stack = told.stack
  await loan.job.moveToFailed(final, loan.token, false)
}

/** What BullMQ's producers and boards are told: the error that the processor threw, where that is what the verdict speaks of. */
function errorOf({ thrown }: Loan, text: string): Error {
  if (thrown?.error instanceof Error && text.includes(thrown.error.message)) return thrown.error
  const [message = text] = text.split(/\n\s+at /, 1)
  const error = new Error(message)
  error.stack = text
  return error
}
