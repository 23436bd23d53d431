import type { JobFilter } from '../../src/contract/index.ts'
import { extraIn, pack, stateCodes, type Stored, stateOf, unpack } from './codec.ts'
import type { Value } from './sql.ts'

export type LookRow = [
  n: number,
  id: Stored,
  queue: Stored,
  grouped: number,
  grp: Stored,
  name: Stored,
  at: number,
  extra: string | null,
  firstDue: number | null,
  state: number | null,
  due: number | null,
  error: Stored | null,
]
export const lookColumns = `j.n, j.id, q.name as queue, i.grouped, i.grp, j.name, j.at, j.extra, j.due as first_due, f.state, f.due,
  case when f.state <> 2 then f.text end as error`

/** What SQLite can say of it itself: all that match, and a few others. */
export function conditionsOf(filter: JobFilter, nowMs: number): { text: string; values: Value[] } {
  const { queue, name, group, tag, idPrefix, errorText, ageMsMin, fromMs, toMs, states } = filter
  const parts: string[] = []
  const values: Value[] = []
  const add = (text: string, ...more: Value[]) => {
    parts.push(`and ${text}`)
    values.push(...more)
  }
  if (name !== undefined) add('j.name = ?', pack(name))
  if (ageMsMin !== undefined) add('j.at <= ?', nowMs - ageMsMin)
  if (fromMs !== undefined) add('j.at >= ?', fromMs)
  if (toMs !== undefined) add('j.at < ?', toMs)
  if (tag !== undefined) add('instr(j.extra, ?) > 0', JSON.stringify(tag))
  if (idPrefix !== undefined) {
    const length = Array.from(idPrefix).length
    add("(typeof(j.id) = 'blob' or substr(j.id, 1, ? + 0) = ?)", length, idPrefix.toWellFormed())
  }
  if (queue !== undefined) add('q.name = ?', pack(queue))
  if (group !== undefined) add('i.grouped = 1 and i.grp = ?', pack(group))
  if (states !== undefined) add(`coalesce(f.state, 0) in (${codesOf(states).join(', ')})`)
  if (errorText !== undefined) {
    add("f.state <> 2 and (typeof(f.text) = 'blob' or instr(f.text, ?) > 0)", errorText.toWellFormed())
  }
  return { text: parts.join(' '), values }
}

function codesOf(states: NonNullable<JobFilter['states']>): number[] {
  const { waiting, ...others } = stateCodes
  const codes = { ...others, ready: waiting, delayed: waiting, blocked: -1 }
  return [...new Set(states.map((state) => codes[state]))]
}

export function matches(row: LookRow, filter: JobFilter, nowMs: number): boolean {
  const [, id, queue, grouped, grp, name, at, extra, firstDue, state, due, error] = row
  const { ageMsMin = 0, fromMs = -Infinity, toMs = Infinity, states, idPrefix, errorText, tag } = filter
  return (
    (filter.queue === undefined || unpack(queue) === filter.queue) &&
    (filter.name === undefined || unpack(name) === filter.name) &&
    (filter.group === undefined || (grouped === 1 && unpack(grp) === filter.group)) &&
    (states === undefined || states.includes(stateOf(state, state === null ? firstDue : due, nowMs))) &&
    (idPrefix === undefined || unpack(id).startsWith(idPrefix)) &&
    (errorText === undefined || (error !== null && unpack(error).includes(errorText))) &&
    (tag === undefined || extraIn(extra).tags?.includes(tag) === true) &&
    nowMs - at >= ageMsMin &&
    at >= fromMs &&
    at < toMs
  )
}
