import { noCursor, placeIn } from '../../src/base/cursor.ts'
import { terminalStates } from '../../src/contract/index.ts'
import type { JobFilter, JobPage, JobState, PageRequest } from '../../src/contract/index.ts'
import { recordOf } from './entry.ts'
import type { Entry } from './entry.ts'
import { inOrder } from './group.ts'
import { look } from './looking.ts'
import type { Queue } from './queue.ts'
import type { MemoryStore } from './store.ts'

// What one state or one queue holds stands in places of its own: they are gathered where they are few beside all jobs. Everything
// else is searched for from the newest job on.

function matches({ job, state, more, enqueuedAtMs }: Entry, filter: JobFilter, nowMs: number): boolean {
  const { queue, states, name, group, tag, idPrefix, errorText, ageMsMin, fromMs, toMs } = filter
  return (
    (queue === undefined || job.queue === queue) &&
    (states === undefined || states.includes(state)) &&
    (name === undefined || job.name === name) &&
    (group === undefined || job.group === group) &&
    (tag === undefined || (job.tags ?? []).includes(tag)) &&
    (idPrefix === undefined || job.id.startsWith(idPrefix)) &&
    (errorText === undefined || (state !== 'done' && (more?.error ?? '').includes(errorText))) &&
    (ageMsMin === undefined || nowMs - enqueuedAtMs >= ageMsMin) &&
    (fromMs === undefined || enqueuedAtMs >= fromMs) &&
    (toMs === undefined || enqueuedAtMs < toMs)
  )
}

const allIn: readonly JobState[] = ['ready', 'delayed', 'running', ...terminalStates]

/** How a page is found: whom to look at, newest first, and where to stop. */
interface Search {
  filter: JobFilter
  limit: number
  readMax: number
  nowMs: number
}

/** Looked at from the newest on before anything is gathered: mostly the page is full by then. */
const quickMax = 5_000

/** Newest first. A cursor is the number and the id of the last one looked at, which may be gone by the next page. */
export function list(store: MemoryStore, filter: JobFilter, page: PageRequest): JobPage {
  const { limit, cursor, readMax = Infinity } = page
  const nowMs = store.now()
  for (const queue of store.queues.values()) look(store, queue, nowMs)
  const from = cursor === undefined ? undefined : placeOf(cursor)
  const search = { filter, limit, readMax, nowMs }
  const start = startOf(store, from)
  const quick = paged(downFrom(start), { ...search, readMax: Math.min(readMax, quickMax) })
  if (quick.cursor === undefined || quick.jobs.length === limit) return quick

  const { queue, states = allIn, ...rest } = filter
  // What is known by its place need not be searched for.
  const isPlaced = Object.keys(rest).length === 0
  const known =
    queue === undefined ? [...store.queues.values()] : [store.queues.get(queue)].filter((one) => one !== undefined)
  const count = countIn(known, states)
  if (count > store.jobs.size / 4 || (!isPlaced && count > readMax)) {
    if (isPlaced) return paged(downFrom(start), { ...search, readMax: Infinity })
    return readMax <= quickMax ? quick : paged(downFrom(start), search)
  }
  const candidates = gathered(store, known, states, from?.seq ?? Infinity)
  return paged(newestOf(candidates, isPlaced ? limit + 1 : Infinity), { ...search, readMax: Infinity })
}

function paged(candidates: Iterable<Entry>, { filter, limit, readMax, nowMs }: Search): JobPage {
  const found: Entry[] = []
  let [read, last, goesOn]: [number, Entry | undefined, boolean] = [0, undefined, false]
  for (const entry of candidates) {
    const isFound = matches(entry, filter, nowMs)
    // One more than is shown was found, or one more than may be looked at is there: this page is not the last.
    goesOn = read >= readMax || (isFound && found.length >= limit)
    if (goesOn) break
    read++
    last = entry
    if (isFound) found.push(entry)
  }
  const page: JobPage = { jobs: found.map(recordOf), read }
  if (last !== undefined) page.readToMs = last.enqueuedAtMs
  if (goesOn && last !== undefined) page.cursor = `${last.seq}:${last.job.id}`
  return page
}

function* downFrom(newest: Entry | undefined): Generator<Entry> {
  for (let entry = newest; entry !== undefined; entry = entry.older) yield entry
}

function countIn(queues: readonly Queue[], states: readonly JobState[]): number {
  let sum = 0
  for (const { counts } of queues) for (const state of new Set(states)) sum += counts[state]
  return sum
}

/** The newest of many, newest first. */
function newestOf(entries: Entry[], count: number): Entry[] {
  const least =
    count < entries.length
      ? Float64Array.from(entries, ({ seq }) => seq)
          .sort()
          .at(-count)!
      : 0
  return entries.filter(({ seq }) => seq >= least).sort((a, b) => b.seq - a.seq)
}

/** Everything in those places that came before `seq`. */
function gathered(store: MemoryStore, queues: readonly Queue[], states: readonly JobState[], seq: number): Entry[] {
  const found: Entry[] = []
  const take = (entry: Entry) => {
    if (entry.seq < seq) found.push(entry)
  }
  for (const state of new Set(states)) {
    if (state === 'running') eachRunning(store, new Set(queues), take)
    else for (const queue of queues) eachIn(queue, state, take)
  }
  return found
}

function eachRunning(store: MemoryStore, queues: ReadonlySet<Queue>, take: (entry: Entry) => void): void {
  for (const { loans } of new Set([...store.sessions.values(), ...store.dying]))
    for (const entry of loans.values()) if (queues.has(entry.queue)) take(entry)
}

function eachIn(queue: Queue, state: Exclude<JobState, 'running'>, take: (entry: Entry) => void): void {
  if (queue.counts[state] === 0 || state === 'blocked') return
  if (state === 'delayed') queue.delayed.items().forEach(take)
  else if (state === 'ready')
    for (const group of [queue.ungrouped, ...queue.groups.values()]) inOrder(group).forEach(take)
  else for (let entry = queue.ended[state].first; entry !== undefined; entry = entry.next) take(entry)
}

interface Place {
  seq: number
  id: string
}

function placeOf(cursor: string): Place {
  const colon = cursor.indexOf(':')
  if (colon === -1) throw noCursor()
  return { seq: placeIn(cursor.slice(0, colon)), id: cursor.slice(colon + 1) }
}

function startOf(store: MemoryStore, from: Place | undefined): Entry | undefined {
  if (from === undefined) return store.newest
  const shown = store.jobs.get(from.id)
  if (shown?.seq === from.seq) return shown.older
  let entry = store.newest
  while (entry !== undefined && entry.seq >= from.seq) entry = entry.older
  return entry
}
