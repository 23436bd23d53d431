import type { Added, StoredJob } from '../../src/contract/index.ts'
import { copyOf, Entry } from './entry.ts'
import { drop, enterWaiting, leaveWaiting, promote } from './places.ts'
import { waitingIn } from './queue.ts'
import type { Queue } from './queue.ts'
import type { MemoryStore } from './store.ts'
import { groupIn } from './turns.ts'
import { hold, holderOf } from './unique.ts'

/** First the id is looked at, then the unique key, then the depth. */
export function enqueue(store: MemoryStore, jobs: readonly StoredJob[]): Added[] {
  const nowMs = store.now()
  const answers: Added[] = []
  let queue: Queue | undefined
  for (const job of jobs) {
    if (queue === undefined || queue.name !== job.queue) {
      queue = store.queue(job.queue)
      // What has become due stands before what comes now.
      promote(store, queue, nowMs)
    }
    answers.push(add(store, queue, job, nowMs))
  }
  return answers
}

function add(store: MemoryStore, queue: Queue, job: StoredJob, nowMs: number): Added {
  const { id, unique } = job
  if (store.jobs.has(id)) return { outcome: 'duplicate', id }
  let outcome: Added['outcome'] = 'added'
  if (unique !== undefined) {
    const holder = holderOf(queue, unique.key, nowMs)
    const held = holder && store.jobs.get(holder.id)
    if (holder !== undefined) {
      const waits = held !== undefined && (held.state === 'ready' || held.state === 'delayed')
      if (unique.mode === 'keep' || !waits) return { outcome: 'duplicate', id: holder.id }
      leaveWaiting(held)
      drop(store, held)
      outcome = 'replaced'
    }
  }
  if (outcome === 'added' && waitingIn(queue) >= (queue.settings.depthMax ?? Infinity)) return { outcome: 'full', id }
  if (unique !== undefined) hold(queue, unique, id, nowMs)
  const entry = new Entry(copyOf(job), queue, groupIn(queue, job.group, nowMs), ++store.seq, nowMs)
  store.remember(entry)
  enterWaiting(store, entry, job.due, nowMs)
  return { outcome, id }
}
