import { count, time } from '../measure/words.ts'
import { type CellResult, faultsOf, p99Of, proofsOf } from './cell.ts'
import type { Fault } from './fault.ts'

const heads = [
  'cell',
  '',
  's',
  'executions',
  'lost',
  'again',
  'unexplained',
  'stale refused',
  'stale accepted',
  'run again p99',
  'recovery p99',
  'at most',
]

/** What one cell has seen: a line of words. */
export function headline(result: CellResult, seconds: number): string {
  const { runs, ended } = result.judgement.seen
  const ends = Object.entries(ended).map(([state, jobs]) => `${count(jobs)} ${state}`)
  const proof = proofsOf(result.proof).map(({ name, count: times }) => `${name} ${count(times)}`)
  return `${seconds.toFixed(1)} s; ${count(runs)} executions: ${ends.join(', ')}; ${proof.join(', ')}`
}

/** The same as cells of a table. */
export function rowOf(name: string, result: CellResult, seconds: number): string[] {
  const { wrong, seen } = result.judgement
  const numbers = [seen.runs, wrong.lost, seen.again, wrong.unexplained, seen.staleSettles, wrong.staleAccepted]
  const verdict = faultsOf(result).length === 0 ? 'ok' : 'FAIL'
  return [name, verdict, seconds.toFixed(1), ...numbers.map(count), ...recoveryOf(result)]
}

/** The same for docs/semantics.md. */
export function faultOf({ name, about }: { name: string; about: string }, result: CellResult): Fault {
  const { judgement, recovery } = result
  const [againP99Ms, recoveryP99Ms] = [p99Of(judgement.seen.recoveryMs), p99Of(recovery?.ms ?? [])].map(rounded)
  return {
    cell: name,
    about,
    ok: faultsOf(result).length === 0,
    executions: judgement.seen.runs,
    lost: judgement.wrong.lost,
    unexplained: judgement.wrong.unexplained,
    staleAccepted: judgement.wrong.staleAccepted,
    ...(againP99Ms !== undefined && { againP99Ms }),
    ...(recoveryP99Ms !== undefined && { recoveryP99Ms }),
  }
}

/** A cell that did not come to its end has shown nothing. */
export function unfinished({ name, about }: { name: string; about: string }): Fault {
  return { cell: name, about, ok: false, executions: 0, lost: 0, unexplained: 0, staleAccepted: 0 }
}

const rounded = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : Math.round(ms))

function recoveryOf(result: CellResult): string[] {
  const { judgement, recovery } = result
  const p99s = [p99Of(judgement.seen.recoveryMs), p99Of(recovery?.ms ?? [])]
  return [...p99s, recovery?.mostMs].map((ms) => (ms === undefined ? '–' : time(ms)))
}

export function table(rows: string[][]): string {
  const all = [heads, ...rows]
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all
    .map((row) =>
      row
        .map((text, column) => (column < 2 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n')
}
