import type { Job, Queue } from 'bullmq'
import type {
  Inspector,
  JobFilter,
  JobPage,
  JobRecord,
  JobState,
  Keep,
  PageRequest,
  SessionRecord,
  TerminalState,
} from '../../src/contract/index.ts'
import { placesOf } from './ids.ts'
import type { Link } from './link.ts'
import { listJobs } from './list.ts'
import { type List, listsOf, recordIn, recordOf, stateOf } from './records.ts'
import { trim } from './trim.ts'
import type { Wishes } from './wishes.ts'

export interface Looking {
  link: Link
  wishes: Wishes
}

interface Found {
  queue: Queue
  job: Job
}

/** Queues are found by scanning the keys; an id is looked for in those that were found lately. */
const namesMs = 2_000

/** Looking and acting from outside, as far as BullMQ knows how. */
export class BullmqInspector implements Inspector {
  readonly #open: <A>(work: (looking: Looking) => Promise<A>) => Promise<A>
  #names: { atMs: number; names: Promise<string[]> } | undefined

  constructor(open: <A>(work: (looking: Looking) => Promise<A>) => Promise<A>) {
    this.#open = open
  }

  find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    return this.#each(ids, undefined, async ({ queue, job }, { wishes }) => {
      const record = await recordOf(queue, job)
      if (record?.state !== 'running') return record
      const wished = await wishes.all()
      return wished.has(wishes.nameOf({ queue: queue.name, bullId: job.id ?? '' }))
        ? { ...record, cancelling: true }
        : record
    })
  }

  list(filter: JobFilter, page: PageRequest): Promise<JobPage> {
    return this.#open(async ({ link }) => {
      const queues = filter.queue === undefined ? await link.queueNames() : [filter.queue]
      return listJobs(link, queues, filter, page)
    })
  }

  peek(name: string, limit: number): Promise<JobRecord[]> {
    return this.#open(async ({ link }) => {
      const queue = link.queue(name)
      const records: JobRecord[] = []
      for (const list of listsOf.ready) {
        if (records.length === limit) break
        const jobs = (await queue.getJobs([list], 0, limit - records.length - 1, true)) as Job[]
        records.push(...jobs.map((job) => recordIn(name, job, 'ready')))
      }
      return records
    })
  }

  retry(ids: string[]): ReturnType<Inspector['retry']> {
    return this.#each(ids, 'unknown' as const, async ({ job }) => {
      const state = stateOf(await job.getState())
      switch (state) {
        case 'done':
        case 'dead':
          await job.retry(state === 'done' ? 'completed' : 'failed', {
            resetAttemptsMade: true,
            resetAttemptsStarted: true,
          })
          return 'retried'
        case 'delayed':
          await job.promote()
          return 'waiting'
        case 'ready':
        case 'blocked':
          return 'waiting'
        case 'running':
          return 'running'
        case 'cancelled':
        case 'quarantined':
        case undefined:
          return 'unknown'
      }
    })
  }

  /** BullMQ has no state for it: a waiting job that is cancelled is removed. */
  cancel(ids: string[]): ReturnType<Inspector['cancel']> {
    return this.#each(ids, 'unknown' as const, async ({ queue, job }, { wishes }) => {
      switch (stateOf(await job.getState())) {
        case 'done':
        case 'dead':
        case 'cancelled':
        case 'quarantined':
          return 'settled'
        case undefined:
          return 'unknown'
        case 'running':
          await wishes.add({ queue: queue.name, bullId: job.id ?? '' })
          return 'cancelling'
        case 'ready':
        case 'delayed':
        case 'blocked':
          return (await removed(job)) ? 'cancelled' : 'unknown'
      }
    })
  }

  remove(ids: string[]): ReturnType<Inspector['remove']> {
    return this.#each(ids, 'unknown' as const, async ({ job }) => {
      const state = stateOf(await job.getState())
      if (state === undefined) return 'unknown'
      return state !== 'running' && (await removed(job)) ? 'removed' : 'running'
    })
  }

  pause(queues: string[]): Promise<void> {
    return this.#open(async ({ link }) => {
      for (const name of queues) await (await link.writer(name)).pause()
    })
  }

  resume(queues: string[]): Promise<void> {
    return this.#open(async ({ link }) => {
      for (const name of queues) await link.queue(name).resume()
    })
  }

  purge(name: string, states: JobState[], limit: number): Promise<{ removed: number; more: boolean }> {
    return this.#open(async ({ link }) => {
      const queue = link.queue(name)
      const lists = states.flatMap((state): readonly List[] => listsOf[state]).filter((list) => list !== 'active')
      let removedCount = 0
      for (const list of lists) {
        if (list === 'waiting-children' || removedCount >= limit) continue
        removedCount += (await queue.clean(0, limit - removedCount, list)).length
      }
      const counts = lists.length === 0 ? {} : await queue.getJobCounts(...lists)
      const left = Object.values(counts).reduce((sum, count) => sum + count, 0)
      return { removed: removedCount, more: left > 0 && removedCount > 0 }
    })
  }

  trim(
    name: string,
    states: readonly TerminalState[],
    keep: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }> {
    return this.#open(({ link }) => trim(link.queue(name), states, keep, limit, link.settings.env.nowMs()))
  }

  queues(): Promise<string[]> {
    return this.#open(({ link }) => link.queueNames())
  }

  /** BullMQ lists connections, not sessions. */
  sessions(): Promise<SessionRecord[]> {
    return this.#open(async () => [])
  }

  /** BullMQ keeps no counters beside its lists: there is nothing that could disagree. */
  audit(): Promise<{ checked: number; repaired: number }> {
    return this.#open(async ({ link }) => {
      let checked = 0
      for (const name of await link.queueNames()) {
        const counts = await link.queue(name).getJobCounts()
        checked += Object.values(counts).reduce((sum, count) => sum + count, 0)
      }
      return { checked, repaired: 0 }
    })
  }

  /** One answer an id, in order; `none` for those that are in no queue. */
  #each<A>(ids: string[], none: A, act: (found: Found, looking: Looking) => Promise<A>): Promise<A[]> {
    return this.#open(async (looking) => {
      const answers: A[] = []
      for (const id of ids) {
        const found = await this.#locate(looking.link, id)
        answers.push(found === undefined ? none : await act(found, looking))
      }
      return answers
    })
  }

  async #locate(link: Link, id: string): Promise<Found | undefined> {
    const names = await this.#lately(link)
    for (const { queue: name, bullId } of placesOf(id, names)) {
      if (!names.includes(name)) continue
      const queue = link.queue(name)
      const job = (await queue.getJob(bullId)) as Job | undefined
      // Only a foreign job is called by its queue, and only ours by its id alone.
      if (job !== undefined && recordIn(name, job, 'ready').job.id === id) return { queue, job }
    }
    return undefined
  }

  #lately(link: Link): Promise<string[]> {
    const { env } = link.settings
    if (this.#names === undefined || env.monoMs() - this.#names.atMs > namesMs) {
      this.#names = { atMs: env.monoMs(), names: link.queueNames() }
    }
    return this.#names.names
  }
}

async function removed(job: Job): Promise<boolean> {
  try {
    await job.remove()
    return true
  } catch {
    // BullMQ says so by an error: a worker holds it by now.
    return false
  }
}
