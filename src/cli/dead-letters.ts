import type { JobView } from '../api/schemas/job.ts'
import { firstLine } from './record.ts'

/** Dead letters that are one trouble: of one queue and job, with one error. */
export interface DeadKind {
  queue: string
  name: string
  /** The first line of the newest one's error. */
  error: string
  count: number
  newestAt: string
  oldestAt: string
  /** How many are of which group, most first, at most 100; absent ones have none. */
  groups: Record<string, number>
  /** The id of the newest one. */
  example: string
}

const groupsMax = 100

/** Sorts dead letters into kinds as they come; holds no job. */
export class DeadLetters {
  readonly #kinds = new Map<string, DeadKind & { all: Map<string, number> }>()
  count = 0

  add({ id, queue, name, error, group, settledAt, enqueuedAt }: JobView): void {
    this.count++
    const line = firstLine(error, 500) ?? '(no error is kept)'
    const key = JSON.stringify([queue, name, kindOf(line)])
    const at = settledAt ?? enqueuedAt
    const fresh = {
      queue,
      name,
      error: line,
      count: 0,
      newestAt: at,
      oldestAt: at,
      groups: {},
      example: id,
      all: new Map(),
    }
    const kind = this.#kinds.get(key) ?? fresh
    this.#kinds.set(key, kind)
    kind.count++
    if (group !== undefined) kind.all.set(group, (kind.all.get(group) ?? 0) + 1)
    if (at < kind.oldestAt) kind.oldestAt = at
    if (at > kind.newestAt) Object.assign(kind, { newestAt: at, example: id, error: line })
  }

  /** The newest first. */
  kinds(): DeadKind[] {
    const kinds = [...this.#kinds.values()].map(({ all, ...kind }) => {
      const groups = [...all].sort(([, one], [, other]) => other - one).slice(0, groupsMax)
      return { ...kind, groups: Object.fromEntries(groups) }
    })
    return kinds.sort((one, other) => (one.newestAt < other.newestAt ? 1 : -1))
  }
}

/** `user 17 not found` and `user 18 not found` are one trouble: numbers and ids do not count. */
function kindOf(line: string): string {
  return line
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '#')
    .replace(/\b[0-9a-f]{12,}\b/gi, '#')
    .replace(/\d+/g, '#')
}
