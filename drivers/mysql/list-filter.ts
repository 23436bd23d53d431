import type { JobFilter } from '../../src/contract/index.ts'
import { extraIn, pack, packName, stateCodes, stateOf, unpack } from './codec.ts'
import { asText, clock, type Row, type Sql } from './sql.ts'

/** What a filter says of one queue: a group there is a line. */
export interface Wanted {
  filter: JobFilter
  line: number | undefined
}

export const lookColumns = `j.n, j.at, ${asText('j.id')} as id, ${asText('j.name')} as jname, j.extra, j.due as first_due,
  f.state, f.due, case when f.state <> ${stateCodes.done} then f.text end as failure`

/** What the server can say of it itself: all that match, and a few others. */
export function conditionsOf({ text }: Pick<Sql, 'text'>, { filter, line }: Wanted): string {
  const { name, tag, idPrefix, errorText, ageMsMin, fromMs, toMs, states } = filter
  const parts: string[] = []
  if (line !== undefined) parts.push(`j.line = ${line}`)
  if (name !== undefined) parts.push(`j.name = ${text(packName(name))}`)
  if (ageMsMin !== undefined) parts.push(`j.at <= ${clock} - ${Math.floor(ageMsMin)}`)
  if (fromMs !== undefined) parts.push(`j.at >= ${Math.ceil(fromMs)}`)
  if (toMs !== undefined) parts.push(`j.at < ${Math.ceil(toMs)}`)
  if (tag !== undefined) parts.push(`instr(j.extra, ${text(JSON.stringify(tag))}) > 0`)
  // What UTF-8 cannot hold is written as JSON, behind a mark.
  if (idPrefix?.isWellFormed() === true && idPrefix !== '') {
    parts.push(`(left(j.id, ${Buffer.byteLength(idPrefix)}) = ${text(idPrefix)} or left(j.id, 1) = x'01')`)
  }
  if (states !== undefined) parts.push(`coalesce(f.state, 0) in (${codesOf(states).join(',') || '-1'})`)
  if (errorText !== undefined) {
    const found = errorText.isWellFormed() ? `instr(f.text, ${text(errorText)}) > 0 or` : ''
    parts.push(`f.state <> ${stateCodes.done} and (${found} left(f.text, 1) = ${text(mark)})`)
  }
  return parts.map((part) => ` and ${part}`).join('')
}

const mark = pack('\ud800').slice(0, 1)

function codesOf(states: NonNullable<JobFilter['states']>): number[] {
  const { waiting, ...others } = stateCodes
  const codes = { ...others, ready: waiting, delayed: waiting, blocked: -1 }
  return [...new Set(states.map((state) => codes[state]))]
}

export function matches(row: Row, { filter }: Wanted, nowMs: number): boolean {
  const [, at, id, name, extra, firstDue, state, due, failure] = row as [
    number,
    number,
    string,
    string,
    string | null,
    number | null,
    number | null,
    number | null,
    string | null,
  ]
  const { ageMsMin = 0, fromMs = -Infinity, toMs = Infinity, states, idPrefix, errorText, tag } = filter
  return (
    (filter.name === undefined || unpack(name) === filter.name) &&
    (states === undefined || states.includes(stateOf(state, state === null ? firstDue : due, nowMs))) &&
    (idPrefix === undefined || unpack(id).startsWith(idPrefix)) &&
    (errorText === undefined || (failure !== null && unpack(failure).includes(errorText))) &&
    (tag === undefined || extraIn(extra).tags?.includes(tag) === true) &&
    nowMs - at >= ageMsMin &&
    at >= fromMs &&
    at < toMs
  )
}
