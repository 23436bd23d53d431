import { machineMs } from '../../src/base/env.ts'
import {
  type FiberWorkError,
  isFiberWorkError,
  type Receipt,
  type Settled,
  type Verdict,
} from '../../src/contract/index.ts'
import { errorOf, type Failure, sendAll } from './batches.ts'
import { bury } from './dead.ts'
import { send } from './enqueue.ts'
import { isStale } from './errors.ts'
import { copyOf } from './letter.ts'
import type { Loan } from './loans.ts'
import { leaseSeconds } from './options.ts'
import type { Presence } from './presence.ts'
import { hide, isSurelyHidden, secondsLeft } from './visibility.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

type Answer = Settled['outcome'] | FiberWorkError

/** One loan and what is to become of it; `answer` says what did. */
interface Case {
  loan: Loan
  verdict: Verdict
  /** When it is tried again, in SQS's whole seconds. */
  delaySeconds: number
  answer?: Answer
}

/**
 * Writes verdicts down: copies and dead letters are sent first, then everything that has ended is deleted, and what is tried again is hidden until
 * then. `parts` are the answers of an earlier try of the same call.
 *
 * @throws what an entry failed with, when the others are settled
 */
export async function settleAll(presence: Presence, items: Item[], parts: Map<Receipt, Settled>): Promise<Settled[]> {
  const cases = new Map<Receipt, Case>()
  const nowMs = presence.link.settings.env.nowMs()
  for (const { receipt, verdict } of items) {
    const loan = parts.has(receipt) ? undefined : presence.loans.find(receipt)
    if (loan !== undefined && !cases.has(receipt))
      cases.set(receipt, { loan, verdict, delaySeconds: delaySecondsOf(verdict, nowMs) })
  }
  await settleCases(presence, [...cases.values()])
  let failed: FiberWorkError | undefined
  for (const [receipt, { loan, answer }] of cases) {
    if (isFiberWorkError(answer)) failed = answer
    else if (answer !== undefined) {
      parts.set(receipt, { outcome: answer })
      presence.loans.remove(loan)
    }
  }
  presence.gone([...cases.values()].filter(({ answer }) => !isFiberWorkError(answer)).map(({ loan }) => loan.number))
  if (failed !== undefined) throw failed
  const told = new Set<Receipt>()
  return items.map(({ receipt }) => {
    const settled = told.has(receipt) ? undefined : parts.get(receipt)
    told.add(receipt)
    return settled ?? { outcome: 'stale' }
  })
}

async function settleCases(presence: Presence, cases: Case[]): Promise<void> {
  await checkHidden(presence, cases)
  const open = cases.filter(({ answer }) => answer === undefined)
  const nowMs = machineMs()
  const hidden = open.filter((one) => isHidden(one, nowMs))
  const ended = open.filter((one) => !hidden.includes(one))
  await Promise.all([endAll(presence, ended), hideAll(presence, hidden, nowMs)])
  await seeToLines(presence, cases)
}

/** Tried again by being hidden until then, where SQS can hide it that long; a copy is for the rest, and gives attempts back. */
function isHidden({ loan, verdict, delaySeconds }: Case, nowMs: number): boolean {
  if (verdict.kind === 'release') return loan.queue.fifo
  return verdict.kind === 'retry' && (loan.queue.fifo || delaySeconds <= secondsLeft(loan, nowMs))
}

/** Of a loan that may have run out SQS is asked first: it tells whether somebody else has it by now, before anything is written. */
async function checkHidden({ link }: Presence, cases: Case[]): Promise<void> {
  const doubtful = cases.filter(({ loan }) => !isSurelyHidden(loan, machineMs()))
  if (doubtful.length === 0) return
  const seconds = leaseSeconds(link.settings)
  const atMs = machineMs()
  const failures = await hide(
    link,
    doubtful.map(({ loan }) => loan),
    () => seconds,
  )
  for (const [i, failure] of failures.entries()) {
    const one = doubtful[i]!
    if (failure === undefined) one.loan.hiddenUntilMs = atMs + seconds * 1_000
    else one.answer = isStale(failure.code, failure.message) ? 'stale' : errorOf(failure, link.settings.place)
  }
}

/** Copies and dead letters go out before what they stand for is deleted: rather twice than never. */
async function endAll(presence: Presence, cases: Case[]): Promise<void> {
  const { link } = presence
  const copied = cases.filter(({ verdict }) => verdict.kind === 'retry' || verdict.kind === 'release')
  const dead = cases.filter(({ verdict }) => isEnd(verdict) && verdict.kind !== 'done')
  await Promise.all([copyAll(presence, copied), buryAll(presence, dead)])
  const gone = cases.filter(({ answer }) => answer === undefined)
  await Promise.all(
    [...Map.groupBy(gone, ({ loan }) => loan.url)].map(async ([QueueUrl, batch]) => {
      const failures = await sendAll(link, batch, {
        entryOf: ({ loan }) => ({ ReceiptHandle: loan.handle }),
        command: (Entries) => new link.sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }),
      })
      for (const [i, failure] of failures.entries()) batch[i]!.answer = answerOf(presence, batch[i]!, failure)
    }),
  )
  await presence.dropBodies(
    gone.filter(({ verdict, answer }) => verdict.kind === 'done' && answer === 'settled').map(({ loan }) => loan),
  )
}

function answerOf({ link }: Presence, { loan }: Case, failure: Failure | undefined): Answer {
  // SQS says yes to whoever deletes, also when the message is somebody else's by now.
  if (failure === undefined) return isSurelyHidden(loan, machineMs()) ? 'settled' : 'unsure'
  if (isStale(failure.code, failure.message)) return 'stale'
  return errorOf(failure, link.settings.place)
}

async function copyAll({ link }: Presence, cases: Case[]): Promise<void> {
  const nowMs = link.settings.env.nowMs()
  const fresh = cases.filter(({ loan }) => loan.copied === undefined)
  await Promise.all(
    [...Map.groupBy(fresh, ({ loan }) => loan.queue)].map(async ([queue, batch]) => {
      const letters = batch.map(({ loan, verdict, delaySeconds }) => {
        const { id, attempts, enqueuedAtMs: sentAtMs, message } = loan
        const begun = verdict.kind === 'release' ? attempts - 1 : attempts
        const dueAtMs = delaySeconds > 0 ? nowMs + delaySeconds * 1_000 : undefined
        return copyOf(message, queue, { id, attempts: begun, sentAtMs, dueAtMs }, nowMs)
      })
      note(batch, await send(link, queue, letters), link.settings.place)
    }),
  )
}

async function buryAll(presence: Presence, cases: Case[]): Promise<void> {
  const fresh = cases.filter(({ loan }) => loan.copied === undefined)
  const dead = fresh.map(({ loan: { queue, message, line }, verdict }) => {
    const { kind, reason } = verdict as Extract<Verdict, { reason: string }>
    return { queue, message, line, outcome: kind, reason }
  })
  note(fresh, await bury(presence, dead), presence.link.settings.place)
}

function note(cases: Case[], failures: (Failure | undefined)[], place: string): void {
  for (const [i, failure] of failures.entries()) {
    if (failure === undefined) cases[i]!.loan.copied = true
    else cases[i]!.answer = errorOf(failure, place)
  }
}

async function hideAll({ link }: Presence, cases: Case[], nowMs: number): Promise<void> {
  const seconds = new Map(
    cases.map(({ loan, delaySeconds }) => [loan, Math.min(delaySeconds, secondsLeft(loan, nowMs))]),
  )
  const failures = await hide(
    link,
    cases.map(({ loan }) => loan),
    (loan) => seconds.get(loan)!,
  )
  for (const [i, failure] of failures.entries()) {
    if (failure === undefined) cases[i]!.answer = 'settled'
    else {
      const stale = isStale(failure.code, failure.message)
      cases[i]!.answer = stale ? 'stale' : errorOf(failure, link.settings.place)
    }
  }
}

/** Who stands behind in a line comes next when the first one is gone, and goes back with it when it comes again. */
async function seeToLines(presence: Presence, cases: Case[]): Promise<void> {
  const back: Loan[] = []
  for (const { loan, verdict, answer } of cases) {
    if (loan.line === undefined || answer === undefined || isFiberWorkError(answer)) continue
    const { lines } = presence.tap(loan.queue.name)
    const next = isEnd(verdict) && answer !== 'stale' ? lines.next(loan) : undefined
    if (next !== undefined) presence.tap(loan.queue.name).offer(next)
    else back.push(...lines.scatter(loan))
  }
  if (back.length > 0) await presence.show(back)
}

const isEnd = ({ kind }: Verdict): boolean => kind !== 'retry' && kind !== 'release'

/** SQS counts in whole seconds; never before the time. */
function delaySecondsOf(verdict: Verdict, nowMs: number): number {
  const due = 'due' in verdict ? verdict.due : undefined
  if (due === undefined) return 0
  return Math.max(0, Math.ceil(('inMs' in due ? due.inMs : due.atMs - nowMs) / 1_000))
}
