import type { Added, Due, StoredJob } from '../../src/contract/index.ts'
import { arrayOf, extraOf, parting, unwire, wire } from './codec.ts'
import type { Argument } from './statements.ts'

/**
 * Jobs as the function `enqueue` takes them: queues and groups once, each job with the number of its own; then a field of all jobs
 * in one text, which costs Postgres a third of what JSON does. What no job has is null.
 */
export function jobArguments(jobs: readonly StoredJob[]): Argument[] {
  const { places, numbers } = placesOf(jobs)
  const extras = jobs.map(extraOf)
  const dues = jobs.some(({ due }) => due !== undefined)
  const unique = jobs.flatMap(({ unique }, i) =>
    unique === undefined ? [] : [[i + 1, wire(unique.key), unique.mode, unique.forMs ?? null]],
  )
  return [
    JSON.stringify(places),
    jobs.map(({ id }) => wire(id)).join(parting.text),
    arrayOf(numbers),
    arrayOf(jobs.map(({ priority }) => 9 - priority)),
    jobs.map(({ name }) => wire(name)).join(parting.text),
    jobs.map(({ body }) => wire(body)).join(parting.text),
    extras.every((extra) => extra === null) ? null : extras.join(parting.text),
    dues ? arrayOf(jobs.map(({ due }) => inMsOf(due) ?? 'NULL')) : null,
    dues ? arrayOf(jobs.map(({ due }) => atMsOf(due) ?? 'NULL')) : null,
    unique.length === 0 ? null : JSON.stringify(unique),
  ]
}

const inMsOf = (due: Due | undefined): number | undefined => (due !== undefined && 'inMs' in due ? due.inMs : undefined)
const atMsOf = (due: Due | undefined): number | undefined => (due !== undefined && 'atMs' in due ? due.atMs : undefined)

function placesOf(jobs: readonly StoredJob[]): { places: [queue: string, group: string | null][]; numbers: number[] } {
  const places: [queue: string, group: string | null][] = []
  const known = new Map<string, number>()
  const numbers = jobs.map(({ queue, group }) => {
    const key = group === undefined ? `q${queue}` : `g${queue.length}:${queue}${group}`
    let number = known.get(key)
    if (number === undefined) {
      number = places.push([wire(queue), group === undefined ? null : wire(group)])
      known.set(key, number)
    }
    return number
  })
  return { places, numbers }
}

const outcomes: Record<string, Added['outcome']> = { a: 'added', r: 'replaced', f: 'full', d: 'duplicate' }

/** A letter each, and behind a blank JSON of the ids that hold the keys. */
export function addedOf(answer: string, jobs: readonly StoredJob[]): Added[] {
  const holders =
    answer.length > jobs.length ? (JSON.parse(answer.slice(jobs.length + 1)) as Record<string, string>) : {}
  return jobs.map(({ id }, i) => {
    const holder = holders[i]
    return { outcome: outcomes[answer[i]!]!, id: holder === undefined ? id : unwire(holder) }
  })
}
