import type { Added, StoredJob } from '../../src/contract/index.ts'
import type { Change } from './book.ts'
import type { Ask } from './calls.ts'
import { type Fate, isGone, type Known, knownOf } from './fate.ts'
import { freshFate, jobPiecesOf, type Place, turnsOf } from './place.ts'
import type { Presence } from './presence.ts'
import { sealed } from './ticket.ts'

/** One job that may come: what is known of its id, and what it puts in its place. */
interface Newcomer {
  job: StoredJob
  at: number
  before: Known | undefined
  after: Fate
  /** Of the record of its unique key, as it was read. */
  keyVersion: number
  replaced?: { id: string; known: Known }
}

export interface Entrance {
  presence: Presence
  ask: Ask
  /** Names the call, so that it knows its own work when it is repeated. */
  by: string
  /** How many more jobs may wait in a queue; undefined where there is no limit. */
  roomIn: (queue: string) => Promise<number | undefined>
  /** Queues that are written down already. */
  queues: Set<string>
}

/** Who holds a unique key, and whether for a time of its own. */
type Holder = [id: string, windowed: 0 | 1]

/**
 * Written down first, then published, so that whatever breaks off between the two is known: an intent stands beside the jobs until
 * the broker has confirmed them, and whoever finds an old one publishes what it names.
 */
export async function enqueue(entrance: Entrance, jobs: StoredJob[]): Promise<Added[]> {
  const answers: Added[] = jobs.map(({ id }) => ({ outcome: 'added', id }))
  const turns = turnsOf(jobs, ({ id, queue, unique }) =>
    unique === undefined ? [`i${id}`] : [`i${id}`, `u${JSON.stringify([queue, unique.key])}`],
  )
  for (const [turn, items] of turns.entries()) {
    const by = `${entrance.by}:${turn}`
    await enqueueTurn(
      { ...entrance, by },
      entrance.presence.place.keys.intent(entrance.presence.session, by),
      items.map(({ item, at }) => ({ job: item, at })),
      answers,
    )
  }
  return answers
}

type Asked = { job: StoredJob; at: number }

async function enqueueTurn(entrance: Entrance, intent: string, asked: Asked[], answers: Added[]): Promise<void> {
  const { place } = entrance.presence
  const rooms = new Map<string, number | undefined>()
  for (const { job } of asked) if (!rooms.has(job.queue)) rooms.set(job.queue, await entrance.roomIn(job.queue))
  const isFree = [...rooms.values()].every((room) => room === undefined)
  const written = await place.persist(async (tries) => {
    // Most batches are new to the ledger: it is written without being read, and says if that was wrong.
    const came =
      tries === 1 && isFree
        ? asked.map((one) => newcomer(entrance, one))
        : await decide(entrance, asked, answers, rooms)
    if (came.length === 0) return []
    const { changes, heads } = changesFor(entrance, intent, came)
    const versions = await place.book.write(changes)
    return versions && came.map((one, i) => ({ ...one, version: versions[heads[i]!]! }))
  })
  if (written.length === 0) return
  for (const { job } of written) entrance.queues.add(job.queue)
  await publish(entrance, intent, written, answers)
}

function newcomer({ presence: { place }, by }: Entrance, { job, at }: Asked, before?: Known, keyVersion = 0): Newcomer {
  const after = freshFate(place, job, by)
  if (before !== undefined) after.loan = before.fate.loan
  return { job, at, before, after, keyVersion }
}

/** Looks at each job's id first, then at its key, then at the depth. What may not come is answered here. */
async function decide(
  entrance: Entrance,
  asked: Asked[],
  answers: Added[],
  rooms: ReadonlyMap<string, number | undefined>,
): Promise<Newcomer[]> {
  const { place } = entrance.presence
  const { book, keys } = place
  const keyed = asked.filter(({ job }) => job.unique !== undefined)
  const pages = await book.read([
    ...asked.map(({ job }) => keys.fate(job.id)),
    ...keyed.map(({ job }) => keys.unique(job.queue, job.unique!.key)),
  ])
  const held = new Map(keyed.map(({ at }, i) => [at, pages[asked.length + i]]))
  const holders = [...held.values()].flatMap((page) =>
    page === undefined ? [] : [(JSON.parse(page.text) as Holder)[0]],
  )
  const fates = await book.read(holders.map((id) => keys.fate(id)))
  const holderFates = new Map(holders.map((id, i) => [id, knownOf(fates[i])]))
  const left = new Map(rooms)
  const came: Newcomer[] = []
  const replacedIds = new Set<string>()
  for (const [i, one] of asked.entries()) {
    const { job, at } = one
    const before = asGone(knownOf(pages[i]), replacedIds.has(job.id))
    const isOurs = before?.fate.by === entrance.by
    const answer = (outcome: Added['outcome'], id: string) => void (answers[at] = { outcome, id })
    if (before !== undefined && !isGone(before.fate, place.nowMs())) {
      answer(isOurs ? 'added' : 'duplicate', job.id)
      // Whether the broker has it is not known: one more message is published, and only that one counts.
      if (isOurs && before.fate.state === 'waiting')
        came.push({ ...again(place, one, before), keyVersion: held.get(at)?.version ?? 0 })
      continue
    }
    const page = held.get(at)
    const next = newcomer(entrance, one, before, page?.version ?? 0)
    const [holder, windowed] = page === undefined ? [] : (JSON.parse(page.text) as Holder)
    const known = holder === undefined ? undefined : holderFates.get(holder)
    const holds =
      holder !== undefined && (windowed === 1 || (known !== undefined && !isGone(known.fate, place.nowMs())))
    if (holds) {
      if (job.unique!.mode === 'keep' || known?.fate.state !== 'waiting') {
        answer('duplicate', holder)
        continue
      }
      next.replaced = { id: holder, known }
      replacedIds.add(holder)
      answer('replaced', job.id)
    } else {
      const room = left.get(job.queue)
      if (room !== undefined && room <= 0) {
        answer('full', job.id)
        continue
      }
      if (room !== undefined) left.set(job.queue, room - 1)
      answer('added', job.id)
    }
    came.push(next)
  }
  return came
}

/** One that was replaced before it in the same batch. */
function asGone(known: Known | undefined, isReplaced: boolean): Known | undefined {
  return known === undefined || !isReplaced ? known : { ...known, fate: { ...known.fate, state: 'gone' } }
}

function again(place: Place, { job, at }: Asked, before: Known): Omit<Newcomer, 'keyVersion'> {
  return { job, at, before, after: { ...before.fate, copy: place.env.id() } }
}

function changesFor(
  { presence: { place }, queues }: Entrance,
  intent: string,
  came: Newcomer[],
): { changes: Change[]; heads: number[] } {
  const { keys } = place
  const changes: Change[] = []
  const heads: number[] = []
  for (const { job, before, after, keyVersion, replaced } of came) {
    heads.push(changes.length)
    changes.push(...place.changesOf({ job, before, after, jobPieces: jobPiecesOf(job) }))
    if (replaced !== undefined) changes.push(...superseded(place, replaced))
    const { unique } = job
    if (unique !== undefined) {
      const holder: Holder = [job.id, unique.forMs === undefined ? 0 : 1]
      changes.push({
        key: keys.unique(job.queue, unique.key),
        text: JSON.stringify(holder),
        version: keyVersion,
        ...(unique.forMs !== undefined && { forMs: unique.forMs }),
      })
    }
  }
  const names = new Set(came.map(({ job }) => job.queue).filter((queue) => !queues.has(queue)))
  for (const queue of names) changes.push({ key: keys.queue(queue), text: '' })
  const note: Intent = { atMs: place.nowMs(), ids: came.map(({ job }) => job.id) }
  changes.push({ key: intent, text: JSON.stringify(note) })
  return { changes, heads }
}

/** What a call was about to publish, and when. */
export interface Intent {
  atMs: number
  ids: string[]
}

/** The one that waited is gone; its message is a stray from now on. */
function superseded(place: Place, { id, known }: { id: string; known: Known }): Change[] {
  const { unique: _, ...fate } = known.fate
  const job: StoredJob = { id, queue: fate.queue, name: '', priority: 0, body: '' }
  const step = { job, before: known, after: { ...fate, state: 'gone' } as Fate, jobPieces: 16 }
  return [...place.changesOf(step), strayOf(place, known.fate)]
}

/** Notes that a message in the broker stands for nothing any more. */
export function strayOf(place: Place, { queue, copy, dueAtMs = 0 }: Fate): Change {
  const forMs = place.settings.deadAgeMs + Math.max(0, dueAtMs - place.nowMs())
  return { key: place.keys.stray(queue, copy), text: String(dueAtMs), forMs }
}

async function publish(
  { presence, ask }: Entrance,
  intent: string,
  written: (Newcomer & { version: number })[],
  answers: Added[],
): Promise<void> {
  const { place } = presence
  const messages = written.map(({ job, before, after, version }) => sealed(job, after, version, before === undefined))
  const added = await ask('enqueue', (call) => place.broker.enqueue(call, messages))
  const refused = written.filter((_, i) => added[i]!.outcome === 'full')
  for (const { job, at } of refused) answers[at] = { outcome: 'full', id: job.id }
  const undone = refused.flatMap(({ job, after, version }) =>
    place.changesOf({
      job,
      before: { fate: after, version, pieces: 0 },
      after: { ...after, state: 'gone' },
      jobPieces: jobPiecesOf(job),
    }),
  )
  // A ledger that fails now leaves the intent, and the jobs come a second time in messages of their own: these are strays then.
  await place.book.write([...undone, { key: intent, pieces: 1 }]).catch(() => {})
}
