import type { Due, Receipt, Settled, Verdict } from '../../src/contract/index.ts'
import type { Change } from './book.ts'
import type { Ask } from './calls.ts'
import { type Fate, knownOf } from './fate.ts'
import { jobPiecesOf, type Place } from './place.ts'
import type { Loan, Presence } from './presence.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

interface Ending {
  loan: Loan
  verdict: Verdict
}

const done: Verdict = { kind: 'done' }
const cancelled = { kind: 'cancelled', reason: 'cancelled while it ran' } as const satisfies Verdict

/**
 * The ledger first, which is the fence: a loan that is not the newest of its job is stale. Then the broker: if it never hears of it, it brings the
 * message again, and that is dropped, since the record says what has become of its job.
 */
export async function settle(presence: Presence, ask: Ask, items: Item[]): Promise<Settled[]> {
  const seen = new Set<Loan>()
  const endings = items.map(({ receipt, verdict }): Ending | undefined => {
    const loan = presence.loans.get(receipt)
    if (loan === undefined || seen.has(loan)) return undefined
    seen.add(loan)
    return { loan, verdict }
  })
  const ours = endings.filter((ending) => ending !== undefined)
  await write(
    presence,
    ours.filter(({ loan }) => loan.ended === undefined),
  )
  const told = ours.filter(({ loan }) => loan.ended !== 'stale')
  if (told.length > 0) {
    const verdicts = told.flatMap(({ loan, verdict }) => toBroker(loan, verdict))
    await ask('settle', (call) => presence.place.broker.settle(call, verdicts), 'again')
  }
  for (const { loan } of ours) presence.drop(loan)
  return endings.map((ending) => ({
    outcome: ending === undefined || ending.loan.ended === 'stale' ? 'stale' : 'settled',
  }))
}

/** Each loan is `ended` afterwards. */
async function write(presence: Presence, endings: Ending[]): Promise<void> {
  const { place } = presence
  if (endings.length === 0) return
  await place.persist(async (tries) => {
    if (tries > 1) await look(presence, endings)
    const open = endings.filter(({ loan }) => loan.ended === undefined)
    const afters = open.map(({ loan, verdict }) => fateAfter(place, loan, verdict))
    const changes = open.flatMap(({ loan }, i) => changesFor(presence, loan, afters[i]!))
    if ((await place.book.write(changes)) === undefined) return undefined
    for (const [i, { loan }] of open.entries()) loan.ended = afters[i]!
    return true
  })
}

/** Somebody has written in between: a wish to cancel, another worker that has the job now, or we ourselves and the answer was lost. */
async function look({ place, session }: Presence, endings: Ending[]): Promise<void> {
  const open = endings.filter(({ loan }) => loan.ended === undefined)
  const pages = await place.book.read(open.map(({ loan }) => place.keys.fate(loan.job.id)))
  for (const [i, { loan }] of open.entries()) {
    const known = knownOf(pages[i])
    // An evicted record says nothing against us: it is written anew.
    if (known === undefined) loan.known = { ...loan.known, version: 0, pieces: 0 }
    else if (known.fate.loan !== loan.known.fate.loan || known.fate.session !== session) loan.ended = 'stale'
    else if (known.fate.state === 'running') loan.known = known
    else loan.ended = known.fate
  }
}

function changesFor({ place, session }: Presence, { job, known }: Loan, after: Fate): Change[] {
  const changes = place.changesOf({ job, before: known, after, jobPieces: jobPiecesOf(job) })
  // What was evicted with its place on the shelf is put there again: to write it twice does no harm.
  if (known.fate.cancelling === true) changes.push({ key: place.keys.wish(session, job.id) })
  return changes
}

function fateAfter(place: Place, { known: { fate } }: Loan, verdict: Verdict): Fate {
  const nowMs = place.nowMs()
  const back = verdict.kind === 'retry' || verdict.kind === 'release'
  if (back && fate.cancelling === true) return fateAfter(place, { known: { fate: { ...fate } } } as Loan, cancelled)
  const { cancelling: _, dueAtMs: __, ...rest } = fate
  if (back) {
    const after: Fate = { ...rest, state: 'waiting', attempts: fate.attempts - (verdict.kind === 'release' ? 1 : 0) }
    if (verdict.error !== undefined) after.error = verdict.error
    const dueAtMs = dueOf(verdict.due, nowMs)
    if (dueAtMs > nowMs) after.dueAtMs = dueAtMs
    return after
  }
  const after: Fate = { ...rest, settledAtMs: nowMs, state: verdict.kind as Fate['state'] }
  if (verdict.kind !== 'done') return { ...after, error: (verdict as { reason: string }).reason }
  const { keep, result } = verdict
  if (keep === undefined || keep.count <= 0) return { ...after, state: 'gone' }
  if (result !== undefined) after.result = result
  return { ...after, keepMs: keep.ageMs }
}

function dueOf(due: Due | undefined, nowMs: number): number {
  if (due === undefined) return nowMs
  return 'inMs' in due ? nowMs + due.inMs : due.atMs
}

/** What the broker makes of the message. It keeps no results; what ended badly goes where its dead letters go. */
function toBroker({ brokers, ended }: Loan, verdict: Verdict): Item[] {
  const { followUps: _, ...told } = verdict
  const isCancelled = (ended as Fate).state === 'cancelled' && verdict.kind !== 'cancelled'
  const last: Verdict = isCancelled ? cancelled : told.kind === 'done' ? done : (told as Verdict)
  return brokers.map((receipt, i) => ({ receipt, verdict: i === brokers.length - 1 ? last : done }))
}
