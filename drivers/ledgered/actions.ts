import type { JobState, StoredJob } from '../../src/contract/index.ts'
import type { Change } from './book.ts'
import { type Intent, strayOf } from './enqueue.ts'
import { type Fate, isGone, isLive, type Known, knownOf, stateOf } from './fate.ts'
import { list } from './list.ts'
import { freshFate, jobPiecesOf, type Place, turnsOf } from './place.ts'
import type { Presence } from './presence.ts'
import { sealed } from './ticket.ts'

/** What is known of one job that somebody wants something done with. */
interface Found {
  id: string
  job: StoredJob
  known: Known
  /** Who holds its unique key now. */
  holder?: { id: string; version: number }
}

/** What becomes of it: its new fate, what else is written, and whether a message is published for it. */
interface Act<Answer> {
  answer: Answer
  after?: Fate
  changes?: Change[]
  publish?: true
}

const batchMax = 200

/** Reads, decides and writes, a batch at a time; an id that is named twice meets what was done with it first. */
async function actOnAll<Answer>(
  presence: Presence,
  ids: string[],
  unknown: Answer,
  act: (found: Found) => Act<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = ids.map(() => unknown)
  for (const turn of turnsOf(ids, (id) => [id])) {
    for (let from = 0; from < turn.length; from += batchMax) {
      const batch = turn.slice(from, from + batchMax)
      const done = await actOn(
        presence,
        batch.map(({ item }) => item),
        unknown,
        act,
      )
      for (const [i, { at }] of batch.entries()) answers[at] = done[i]!
    }
  }
  return answers
}

async function actOn<Answer>(
  presence: Presence,
  ids: string[],
  unknown: Answer,
  act: (found: Found) => Act<Answer>,
): Promise<Answer[]> {
  const { place, session } = presence
  const { answers, messages, intent } = await place.persist(async () => {
    const found = await findEach(place, ids)
    const acts = found.map((one) => (one === undefined ? { answer: unknown } : act(one)))
    const changes: Change[] = []
    const heads: number[] = []
    const published: Found[] = []
    for (const [i, { after, changes: more = [], publish }] of acts.entries()) {
      const one = found[i]
      if (one === undefined || after === undefined) continue
      if (publish !== undefined) {
        published.push({ ...one, known: { ...one.known, fate: after } })
        heads.push(changes.length)
      }
      changes.push(
        ...place.changesOf({ job: one.job, before: one.known, after, jobPieces: jobPiecesOf(one.job) }),
        ...more,
      )
    }
    const intent = place.keys.intent(session, place.env.id())
    const note: Intent = { atMs: place.nowMs(), ids: published.map(({ id }) => id) }
    if (published.length > 0) changes.push({ key: intent, text: JSON.stringify(note) })
    const versions = await place.book.write(changes)
    const messages = published.map(({ job, known }, i) => sealed(job, known.fate, versions?.[heads[i]!] ?? 0, false))
    return versions && { answers: acts.map(({ answer }) => answer), messages, intent }
  })
  if (messages.length > 0) await publish(presence, messages, intent)
  return answers
}

async function publish(presence: Presence, messages: StoredJob[], intent: string): Promise<void> {
  const { place } = presence
  await presence.inside((ask) => ask('enqueue', (call) => place.broker.enqueue(call, messages)))
  await place.book.write([{ key: intent, pieces: 1 }]).catch(() => {})
}

async function findEach(place: Place, ids: string[]): Promise<(Found | undefined)[]> {
  const { book, keys } = place
  const pages = await book.read(ids.flatMap((id) => [keys.job(id), keys.fate(id)]))
  const found = ids.map((id, i): Found | undefined => {
    const known = knownOf(pages[2 * i + 1])
    const job = pages[2 * i]
    if (job === undefined || known === undefined || isGone(known.fate, place.nowMs())) return undefined
    return { id, job: JSON.parse(job.text) as StoredJob, known }
  })
  const keyed = found.filter((one) => one?.job.unique !== undefined) as Found[]
  const holders = await book.read(keyed.map(({ job }) => keys.unique(job.queue, job.unique!.key)))
  for (const [i, one] of keyed.entries()) {
    const page = holders[i]
    if (page !== undefined) one.holder = { id: (JSON.parse(page.text) as [string])[0], version: page.version }
  }
  return found
}

export function cancelAll(presence: Presence, ids: string[]) {
  const { place } = presence
  type Answer = 'cancelled' | 'cancelling' | 'settled' | 'unknown'
  return actOnAll<Answer>(presence, ids, 'unknown', ({ id, known: { fate } }) => {
    if (fate.state === 'running') {
      const wish = { key: place.keys.wish(fate.session!, id), text: '', forMs: place.settings.deadAgeMs }
      return { answer: 'cancelling', after: { ...fate, cancelling: true }, changes: [wish] }
    }
    if (!isLive(fate)) return { answer: 'settled' }
    const after: Fate = { ...fate, state: 'cancelled', settledAtMs: place.nowMs(), error: 'cancelled before it began' }
    return { answer: 'cancelled', after, changes: [strayOf(place, fate)] }
  })
}

/** Settled jobs start over with a message of their own; so do delayed ones, whose first message becomes a stray. */
export function retryAll(presence: Presence, ids: string[]) {
  const { place } = presence
  type Answer = 'retried' | 'waiting' | 'running' | 'duplicate' | 'unknown'
  return actOnAll<Answer>(presence, ids, 'unknown', ({ id, job, known: { fate }, holder }) => {
    if (fate.state === 'running') return { answer: 'running' }
    const fresh = { ...freshFate(place, job), order: fate.order, enqueuedAtMs: fate.enqueuedAtMs, loan: fate.loan }
    if (fate.state === 'waiting') {
      if (stateOf(fate, place.nowMs()) === 'ready') return { answer: 'waiting' }
      const { dueAtMs: _, ...rest } = fate
      return { answer: 'waiting', after: { ...rest, copy: fresh.copy }, changes: [strayOf(place, fate)], publish: true }
    }
    const { unique } = job
    if (unique === undefined) return { answer: 'retried', after: fresh, publish: true }
    if (holder !== undefined && holder.id !== id) return { answer: 'duplicate' }
    const taken: Change = {
      key: place.keys.unique(job.queue, unique.key),
      text: JSON.stringify([id, unique.forMs === undefined ? 0 : 1]),
      version: holder?.version ?? 0,
      ...(unique.forMs !== undefined && { forMs: unique.forMs }),
    }
    return { answer: 'retried', after: fresh, changes: [taken], publish: true }
  })
}

export function removeAll(presence: Presence, ids: string[]) {
  type Answer = 'removed' | 'running' | 'unknown'
  return actOnAll<Answer>(presence, ids, 'unknown', ({ known: { fate } }) =>
    fate.state === 'running' ? { answer: 'running' } : { answer: 'removed', ...gone(presence.place, fate) },
  )
}

function gone(place: Place, fate: Fate): { after: Fate; changes?: Change[] } {
  const after: Fate = { ...fate, state: 'gone' }
  return fate.state === 'waiting' ? { after, changes: [strayOf(place, fate)] } : { after }
}

export async function purge(
  presence: Presence,
  queue: string,
  states: JobState[],
  limit: number,
): Promise<{ removed: number; more: boolean }> {
  const wanted = states.filter((state) => state !== 'running')
  if (wanted.length === 0) return { removed: 0, more: false }
  const { jobs, cursor } = await list(presence.place, { queue, states: wanted }, { limit })
  const answers = await removeAll(
    presence,
    jobs.map(({ job }) => job.id),
  )
  return { removed: answers.filter((answer) => answer === 'removed').length, more: cursor !== undefined }
}
