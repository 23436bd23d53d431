import type { Inspector, JobState, SessionRecord } from '../../src/contract/index.ts'
import { audit } from './audit.ts'
import { detailsOf, recordOf } from './entry.ts'
import type { Entry } from './entry.ts'
import { groupDepths } from './group-depth.ts'
import { peek } from './looking.ts'
import { drop, enterEnd, enterReady, leaveEnd, leaveWaiting, promote, startOver, trim } from './places.ts'
import type { Queue } from './queue.ts'
import { list } from './search.ts'
import type { MemoryStore } from './store.ts'
import { hold, holderOf } from './unique.ts'

type Answer<Verb extends 'retry' | 'cancel' | 'remove'> = Awaited<ReturnType<Inspector[Verb]>>[number]

const waits = ({ state }: Entry): boolean => state === 'ready' || state === 'delayed'

function retry(store: MemoryStore, id: string): Answer<'retry'> {
  const entry = store.jobs.get(id)
  if (entry === undefined) return 'unknown'
  if (entry.state === 'running') return 'running'
  const nowMs = store.now()
  if (waits(entry)) {
    if (entry.state === 'delayed') {
      leaveWaiting(entry)
      enterReady(store, entry, nowMs)
    }
    return 'waiting'
  }
  const { queue, job } = entry
  if (job.unique !== undefined) {
    const holder = holderOf(queue, job.unique.key, nowMs)
    if (holder !== undefined && holder.id !== id) return 'duplicate'
    hold(queue, job.unique, id, nowMs)
  }
  startOver(store, entry, nowMs)
  return 'retried'
}

function cancel(store: MemoryStore, id: string): Answer<'cancel'> {
  const entry = store.jobs.get(id)
  if (entry === undefined) return 'unknown'
  if (entry.state === 'running') {
    detailsOf(entry).cancelling = true
    entry.session!.cancelling.add(entry.receipt!)
    return 'cancelling'
  }
  if (!waits(entry)) return 'settled'
  leaveWaiting(entry)
  enterEnd(entry, 'cancelled', 'cancelled before it ran', store.now())
  return 'cancelled'
}

function remove(store: MemoryStore, id: string): Answer<'remove'> {
  const entry = store.jobs.get(id)
  if (entry === undefined) return 'unknown'
  if (entry.state === 'running') return 'running'
  forget(store, entry)
  return 'removed'
}

function forget(store: MemoryStore, entry: Entry): void {
  if (waits(entry)) leaveWaiting(entry)
  else leaveEnd(entry)
  drop(store, entry)
}

function purge(store: MemoryStore, name: string, states: readonly JobState[], limit: number) {
  const queue = store.queues.get(name)
  if (queue === undefined) return { removed: 0, more: false }
  promote(store, queue, store.now())
  const wanted = new Set<JobState>(states.filter((state) => state !== 'running'))
  let removed = 0
  for (let entry = store.newest; entry !== undefined;) {
    const { older } = entry
    if (entry.queue === queue && wanted.has(entry.state)) {
      if (removed === limit) return { removed, more: true }
      forget(store, entry)
      removed++
    }
    entry = older
  }
  return { removed, more: false }
}

function pause(store: MemoryStore, names: readonly string[], paused: boolean): void {
  for (const name of names) {
    const queue = store.queue(name)
    queue.paused = paused
    store.touch(queue)
  }
}

function holdsSomething(queue: Queue): boolean {
  const { counts, paused, revision, frozenUntilMs } = queue
  return paused || revision > 0 || frozenUntilMs > 0 || Object.values(counts).some((count) => count > 0)
}

function sessionsOf(store: MemoryStore): SessionRecord[] {
  return [...store.sessions.values()].map(({ id, about, health, loans, openedAtMs, leaseUntilMs }) => ({
    session: id,
    about,
    ...(health !== undefined && { health }),
    held: loans.size,
    openedAtMs,
    leaseUntilMs,
  }))
}

/** The facet, over whatever opens the store for a call. */
export function memoryInspector(use: <T>(act: (store: MemoryStore) => T) => Promise<T>): Inspector {
  return {
    find: (ids) =>
      use((store) => {
        const entries = ids.map((id) => store.jobs.get(id))
        for (const entry of entries) if (entry !== undefined) promote(store, entry.queue, store.now())
        return entries.map((entry) => entry && recordOf(entry))
      }),
    list: (filter, page) => use((store) => list(store, filter, page)),
    peek: (queue, limit) => use((store) => peek(store, queue, limit)),
    retry: (ids) => use((store) => ids.map((id) => retry(store, id))),
    cancel: (ids) => use((store) => ids.map((id) => cancel(store, id))),
    remove: (ids) => use((store) => ids.map((id) => remove(store, id))),
    pause: (queues) => use((store) => pause(store, queues, true)),
    resume: (queues) => use((store) => pause(store, queues, false)),
    purge: (queue, states, limit) => use((store) => purge(store, queue, states, limit)),
    trim: (name, states, keep, limit) =>
      use((store) => {
        const queue = store.queues.get(name)
        return queue === undefined ? { removed: 0, more: false } : trim(store, queue, states, keep, limit)
      }),
    groups: (queue, limit) => use((store) => groupDepths(store, queue, limit)),
    queues: () =>
      use((store) =>
        [...store.queues.values()]
          .filter(holdsSomething)
          .map(({ name }) => name)
          .toSorted(),
      ),
    sessions: () => use(sessionsOf),
    audit: (cursor) => use((store) => audit(store, cursor)),
  }
}
