import type { Receipt, Reservation, StoredJob } from '../../src/contract/index.ts'
import type { Change } from './book.ts'
import { type Fate, isLive, type Known, knownOf } from './fate.ts'
import { freshFate, jobPiecesOf, type Place, turnsOf } from './place.ts'
import type { Presence, SessionNote } from './presence.ts'
import { opened, type Ticket } from './ticket.ts'

/** A message from the broker, opened. */
interface Message {
  from: Reservation
  job: StoredJob
  ticket?: Ticket
}

/** What is to be written for a message: the job runs here from now on, or ends. */
interface Move {
  message: Message
  before: Known | undefined
  after: Fate
}

interface Stray {
  receipt: Receipt
  key: string
}

export interface Lent {
  jobs: Reservation[]
  strays: Stray[]
}

/** Writes down that these jobs run here. A message that does not stand for its job any more is a stray. */
export async function lend(presence: Presence, taken: Reservation[]): Promise<Lent> {
  const messages = taken.map((from): Message => ({ from, ...opened(from.job) }))
  const lent: Lent = { jobs: [], strays: [] }
  // The same job twice in one batch: the second one meets what was written of the first.
  for (const turn of turnsOf(messages, ({ job }) => [job.id])) {
    await lendTurn(
      presence,
      turn.map(({ item }) => item),
      lent,
    )
  }
  return lent
}

async function lendTurn(presence: Presence, messages: Message[], lent: Lent): Promise<void> {
  const { place } = presence
  const { moves, versions, strays } = await place.persist(async (tries) => {
    // Most messages come up for the first time, and say of which version their record is.
    const isNew =
      tries === 1 && messages.every(({ ticket, job }) => ticket !== undefined && presence.loanOf(job.id) === undefined)
    const { moves, strays } = isNew
      ? { moves: messages.map((one) => firstMove(presence, one)), strays: [] }
      : await decide(presence, messages)
    const changes: Change[] = []
    const heads = moves.map(({ message: { job }, before, after }) => {
      const head = changes.length
      changes.push(...place.changesOf({ job, before, after, jobPieces: jobPiecesOf(job) }))
      return head
    })
    const versions = await place.book.write(changes)
    return versions && { moves, strays, versions: heads.map((head) => versions[head]!) }
  })
  lent.strays.push(...strays)
  for (const [i, { message, after }] of moves.entries()) {
    const { from, job, ticket } = message
    if (after.state !== 'running') {
      lent.strays.push({ receipt: from.receipt, key: place.keys.stray(job.queue, ticket?.copy ?? '') })
      continue
    }
    const receipt = place.env.id() as Receipt
    const { attempts, crashes, enqueuedAtMs } = after
    presence.lend({ receipt, job, known: { fate: after, version: versions[i]!, pieces: 0 }, brokers: [from.receipt] })
    lent.jobs.push({ receipt, job, attempts, crashes, enqueuedAtMs, waitedMs: from.waitedMs })
  }
}

function firstMove({ place, session }: Presence, message: Message): Move {
  const { job, ticket } = message
  const { copy, version, order, enqueuedAtMs, unique } = ticket!
  const waiting: Fate = {
    queue: job.queue,
    state: 'waiting',
    copy,
    loan: 0,
    attempts: 0,
    crashes: 0,
    order,
    enqueuedAtMs,
  }
  if (unique !== undefined) waiting.unique = unique
  const after = begun(place, session, waiting)
  return { message, before: { fate: waiting, version, pieces: 0 }, after }
}

function begun(place: Place, session: string, fate: Fate): Fate {
  const { dueAtMs: _, by: __, ...rest } = fate
  return {
    ...rest,
    state: 'running',
    session,
    loan: fate.loan + 1,
    attempts: fate.attempts + 1,
    startedAtMs: place.nowMs(),
  }
}

async function decide(presence: Presence, messages: Message[]): Promise<{ moves: Move[]; strays: Stray[] }> {
  const { place, session } = presence
  const { book, keys } = place
  const strayKeys = messages.map(({ job, ticket }) => keys.stray(job.queue, ticket?.copy ?? ''))
  const pages = await book.read([...messages.map(({ job }) => keys.fate(job.id)), ...strayKeys])
  const fates = messages.map((_, i) => knownOf(pages[i]))
  const crashed = await crashesOf(place, session, fates)
  const moves: Move[] = []
  const strays: Stray[] = []
  for (const [i, message] of messages.entries()) {
    const { job, ticket, from } = message
    const before = fates[i]
    const stray = { receipt: from.receipt, key: strayKeys[i]! }
    if (pages[messages.length + i] !== undefined) {
      strays.push(stray)
      continue
    }
    if (before === undefined) {
      moves.push({ message, before, after: begun(place, session, unknown(place, message)) })
      continue
    }
    const { fate } = before
    const loan = presence.loanOf(job.id)
    if (fate.copy !== (ticket?.copy ?? '') || !isLive(fate)) strays.push(stray)
    else if (fate.state === 'waiting') moves.push({ message, before, after: begun(place, session, fate) })
    // It runs here: the broker has taken its message back, or brings it twice.
    else if (loan !== undefined && loan.known.fate.loan === fate.loan) presence.bringAgain(loan, from.receipt)
    else moves.push({ message, before, after: takenOver(place, session, fate, crashed(fate, job.id)) })
  }
  return { moves, strays }
}

/** Of somebody else's message, or of a job whose record was evicted: it begins as if it had never run. */
function unknown(place: Place, { job, ticket, from }: Message): Fate {
  const fate = freshFate(place, job)
  if (ticket === undefined) return { ...fate, copy: '', enqueuedAtMs: from.enqueuedAtMs }
  const { copy, order, enqueuedAtMs, unique } = ticket
  return { ...fate, copy, order, enqueuedAtMs, ...(unique !== undefined && { unique }) }
}

/** The broker lends again what another session has: it is out of the running there, and its attempt is given back. */
function takenOver(place: Place, session: string, fate: Fate, isCrash: boolean): Fate {
  const back: Fate = { ...fate, attempts: Math.max(0, fate.attempts - 1), crashes: fate.crashes + (isCrash ? 1 : 0) }
  if (fate.cancelling !== true) return begun(place, session, back)
  const { cancelling: _, ...rest } = back
  return { ...rest, state: 'cancelled', settledAtMs: place.nowMs(), error: 'cancelled while it ran' }
}

/**
 * Whose death a message that comes back tells of: a session's that is not ours and did not take leave, unless it had said that the job
 * had not begun.
 */
async function crashesOf(
  { book, keys }: Place,
  session: string,
  fates: (Known | undefined)[],
): Promise<(fate: Fate, id: string) => boolean> {
  const running = fates.flatMap((known) => (known?.fate.state === 'running' ? [known.fate.session!] : []))
  const names = [...new Set(running)].filter((name) => name !== session)
  const pages = await book.read(names.map((name) => keys.session(name)))
  const notes = new Map(names.map((name, i) => [name, pages[i] && (JSON.parse(pages[i].text) as SessionNote)]))
  return (fate, id) => {
    if (fate.session === session) return false
    return notes.get(fate.session!)?.unbegun?.includes(id) !== true
  }
}
