import type { Added, StoredJob } from '../../src/contract/index.ts'
import { extraOf, unwire, wire } from './codec.ts'

/** Jobs as the function `enqueue` takes them. */
export interface Batch {
  /** [[queue, group], …] */
  places: string
  jobs: string
}

/** Queues and groups are named once, and each job says the number of its own. */
export function batchOf(jobs: readonly StoredJob[]): Batch {
  const places: [queue: string, group: string | null][] = []
  const numbers = new Map<string, number>()
  const numberOf = ({ queue, group }: StoredJob): number => {
    const key = group === undefined ? `q${queue}` : `g${queue.length}:${queue}${group}`
    let number = numbers.get(key)
    if (number === undefined) {
      number = places.push([wire(queue), group === undefined ? null : wire(group)])
      numbers.set(key, number)
    }
    return number
  }
  const rows = jobs.map((job) => rowOf(job, numberOf(job)))
  return { places: JSON.stringify(places), jobs: JSON.stringify(rows) }
}

function rowOf(job: StoredJob, place: number): Record<string, unknown> {
  const row: Record<string, unknown> = { i: wire(job.id), p: place, r: 9 - job.priority, n: wire(job.name), b: wire(job.body) }
  const { due, unique } = job
  if (due !== undefined) Object.assign(row, 'inMs' in due ? { in: due.inMs } : { at: due.atMs })
  const extra = extraOf(job)
  if (extra !== null) row['x'] = extra
  if (unique !== undefined) Object.assign(row, { k: wire(unique.key), m: unique.mode, f: unique.forMs })
  return row
}

const outcomes: Record<string, Added['outcome']> = { a: 'added', r: 'replaced', f: 'full', d: 'duplicate' }

/** A letter each, and behind a blank JSON of the ids that hold the keys. */
export function addedOf(answer: string, jobs: readonly StoredJob[]): Added[] {
  const holders = answer.length > jobs.length ? (JSON.parse(answer.slice(jobs.length + 1)) as Record<string, string>) : {}
  return jobs.map(({ id }, i) => {
    const holder = holders[i]
    return { outcome: outcomes[answer[i]!]!, id: holder === undefined ? id : unwire(holder) }
  })
}
