import type { Added, StoredJob } from '../../src/contract/index.ts'
import { dueOf } from '../redis-common/due.ts'
import { unwire, wire } from '../redis-common/wire.ts'
import { fieldsOf, type WireUnique, wireUnique } from './codec.ts'

/** Jobs that stand next to each other, of one queue and with as many fields: `scripts/lib/add.lua` tells the fields. */
interface Section {
  q: string
  n: number
  c: number
  d?: number[]
  u?: (0 | WireUnique)[]
}

/** A batch as the scripts want it: sections, and the fields of all jobs one after the other. */
export interface Batch {
  sections: Section[]
  args: string[]
}

export function batchOf(jobs: readonly StoredJob[]): Batch {
  const sections: Section[] = []
  const args: string[] = []
  let queue: string | undefined
  for (const job of jobs) {
    const fields = fieldsOf(job)
    let section = sections.at(-1)
    if (section === undefined || job.queue !== queue || section.c !== fields.length) {
      section = { q: wire(job.queue), n: 0, c: fields.length }
      sections.push(section)
      queue = job.queue
    }
    addTo(section, job)
    args.push(...fields)
  }
  return { sections, args }
}

/** The lists of what most jobs have not are begun by the first that has it. */
function addTo(section: Section, { due, unique }: StoredJob): void {
  if (due !== undefined && section.d === undefined) section.d = Array.from({ length: section.n }, () => 0)
  section.d?.push(due === undefined ? 0 : dueOf(due))
  if (unique !== undefined && section.u === undefined) section.u = Array.from({ length: section.n }, () => 0)
  section.u?.push(unique === undefined ? 0 : wireUnique(unique))
  section.n++
}

const outcomes: Record<string, Added['outcome']> = { a: 'added', d: 'duplicate', D: 'duplicate', r: 'replaced' }

/** `holders` are the ids that hold the keys of the `D`s, in their order. */
export function addedOf(jobs: readonly StoredJob[], letters: string, holders: readonly string[]): Added[] {
  let holder = 0
  return jobs.map(({ id }, i) => {
    const letter = letters[i]!
    return { outcome: outcomes[letter]!, id: letter === 'D' ? unwire(holders[holder++]!) : id }
  })
}
