import type { Added, StoredJob } from '../../src/contract/index.ts'
import { dueOf } from '../redis-common/due.ts'
import { recordOf, unwire, wire, wireGroup } from './codec.ts'

/** Jobs of one queue, priority and group: `scripts/lib/add.lua` tells the fields. */
interface Section {
  q: string
  c: string
  g: string
  n: number
  o: number[] | number
  t?: 1
  d?: number[]
  u?: (0 | [string, 'keep' | 'replace', number])[]
}

/** A batch as the scripts want it: sections, their ids and records one after the other, and which job each of them was. */
export interface Batch {
  sections: Section[]
  args: string[]
  order: number[]
}

/**
 * Jobs that stand in the same line are written together, in their order; among lines order does not matter. A job that
 * could be affected by one before it (the same id, the same unique key) begins anew, so that they are looked at in turn. All of
 * them are where one may make room for another, or take it: with a key that replaces, and in the queues `inTurn`.
 */
export function batchOf(jobs: readonly StoredJob[], inTurn: ReadonlySet<string>): Batch {
  const strict = jobs.some(({ queue, unique }) => unique?.mode === 'replace' || inTurn.has(queue))
  const sections: Section[] = []
  const members: number[][] = []
  const lines = new Map<string, number>()
  const seen = new Set<string>()
  // Mostly a job stands in the line of the one before it.
  let before: StoredJob | undefined
  let at = -1
  for (let index = 0; index < jobs.length; index++) {
    const job = jobs[index]!
    const key = job.unique === undefined ? undefined : `\u0000${job.queue}\u0000${job.unique.key}`
    if (seen.has(job.id) || (key !== undefined && seen.has(key))) {
      lines.clear()
      seen.clear()
      before = undefined
    }
    seen.add(job.id)
    if (key !== undefined) seen.add(key)
    if (before === undefined || !isInLine(before, job)) {
      const line = `${job.priority} ${job.queue}\u0000${job.group ?? ''}${job.group === undefined ? '-' : ''}`
      const known = lines.get(line)
      if (known === undefined || (strict && known !== sections.length - 1)) {
        at = sections.length
        lines.set(line, at)
        sections.push(sectionOf(job, strict))
        members.push([])
      } else at = known
    }
    before = job
    addTo(sections[at]!, job)
    members[at]!.push(index)
  }
  for (const [at, section] of sections.entries()) section.o = inLine(members[at]!)
  const order = members.flat()
  const args: string[] = []
  for (const index of order) args.push(wire(jobs[index]!.id), recordOf(jobs[index]!))
  return { sections, args, order }
}

const isInLine = (one: StoredJob, other: StoredJob): boolean =>
  one.queue === other.queue && one.priority === other.priority && one.group === other.group

function sectionOf({ queue, priority, group }: StoredJob, strict: boolean): Section {
  return { q: wire(queue), c: String(priority), g: wireGroup(group), n: 0, o: 0, ...(strict && { t: 1 as const }) }
}

function addTo(section: Section, { due, unique }: StoredJob): void {
  if (due !== undefined) (section.d ??= zeros(section.n)).push(dueOf(due))
  else section.d?.push(0)
  if (unique !== undefined) {
    ;(section.u ??= zeros(section.n) as 0[]).push([wire(unique.key), unique.mode, unique.forMs ?? 0])
  } else section.u?.push(0)
  section.n++
}

/** Numbers that follow each other are told by the first. */
export function inLine(numbers: number[]): number[] | number {
  const first = numbers[0]!
  return numbers.every((number, i) => number === first + i) ? first : numbers
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0)

const outcomes: Record<string, Added['outcome']> = {
  a: 'added',
  d: 'duplicate',
  D: 'duplicate',
  r: 'replaced',
  f: 'full',
}

/** The answers in the order of the jobs. `holders` are the ids that hold the keys of the `D`s, in their order. */
export function addedOf(
  jobs: readonly StoredJob[],
  order: readonly number[],
  letters: string,
  holders: string[],
): Added[] {
  const added: Added[] = []
  let holder = 0
  for (let i = 0; i < order.length; i++) {
    const letter = letters[i]!
    const index = order[i]!
    const id = letter === 'D' ? unwire(holders[holder++]!) : jobs[index]!.id
    added[index] = { outcome: outcomes[letter]!, id }
  }
  return added
}
