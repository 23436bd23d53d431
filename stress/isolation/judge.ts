import type { Expected, IsolationClass, Kind, Mode, Notice } from './kind.ts'
import { classOf } from './kind.ts'
import type { Line } from './trace.ts'

/** What is known of one cell when its processes have ended. */
export interface Evidence {
  kind: Kind
  mode: Mode
  lines: readonly Line[]
  /** Exit codes of its processes, in order. */
  exits: readonly (number | null)[]
  innocents: ReadonlySet<string>
  /** Ids of innocents that did not come to their end as they should, and how instead. */
  failed: ReadonlyMap<string, string>
  /** How the hostile jobs ended, by id. */
  hostile: ReadonlyMap<string, string>
}

/** What came of a cell. */
export interface CellReport {
  kind: string
  mode: Mode
  /** Nothing is wrong: what was seen is what the kind's file says, and it was not seen by nobody. */
  ok: boolean
  problems: string[]
  acts: number
  proofs: string[]
  beside: number
  innocents: number
  notice: Notice
  /** What innocents found that was not theirs, and how many of them. */
  seen: Record<string, number>
  /** Who was named: events that named a hostile job, and how often. */
  named: Record<string, number>
  /** The doer was named, and nobody else. */
  blameRight: boolean
  runMsMax: number
  turnMsMax: number
  exits: readonly (number | null)[]
}

/** Computing for longer in one stretch holds the others up. */
export const turnMsMax = 1_000
/** An act beside fewer than that shows nothing. */
const besideMin = 5

export function judge(evidence: Evidence): CellReport {
  const { kind, mode, lines, exits, innocents, hostile } = evidence
  const expected = kind[mode] ?? kind.production
  const acts = lines.filter((line) => line.kind === 'act')
  const named = lines.filter((line) => line.kind === 'named')
  const wrongly = named.filter(({ id, by }) => innocents.has(id) && isBlame(by))
  const rightly = tally(named.filter(({ id }) => hostile.has(id)).map(({ by }) => by))
  const turnMs = Math.max(0, ...lines.flatMap((line) => (line.kind === 'turn' ? [line.cpuMs] : [])))
  const disturbed = disturbances(evidence)
  const notice: Notice = Object.keys(disturbed).length > 0 ? 'disturbed' : turnMs > turnMsMax ? 'late' : 'nothing'
  // A thread does not know who runs beside it: the process does.
  const crowds = mode === 'thread' ? lines.filter((line) => line.kind === 'crowd') : acts
  const beside = Math.max(0, ...crowds.map((line) => line.beside))
  const problems = [
    ...vacuity(evidence, beside),
    ...differences(expected, notice, rightly, evidence, disturbed),
    ...(notice === 'disturbed' && expected.innocents === 'disturbed' ? [] : failures(evidence)),
    ...wrongly.slice(0, 5).map(({ id, by, detail }) => `the innocent ${id} was named by ${by} (${detail ?? ''})`),
    ...lines.flatMap((line) => (line.kind === 'afterwards' ? [line.problem] : [])),
  ]
  return {
    kind: kind.name,
    mode,
    ok: problems.length === 0,
    problems,
    acts: acts.length,
    proofs: [...new Set(acts.map(({ proof }) => proof))],
    beside,
    innocents: innocents.size,
    notice,
    seen: disturbed,
    named: rightly,
    blameRight: wrongly.length === 0 && Object.keys(rightly).length > 0,
    runMsMax: Math.max(0, ...lines.flatMap((line) => (line.kind === 'ran' ? [line.ms] : []))),
    turnMsMax: turnMs,
    exits,
  }
}

/** The class that two cells of a kind show. */
export function seenClass(production: CellReport, strict: CellReport): IsolationClass {
  const shown = ({ notice, named }: CellReport) => ({
    innocents: notice,
    named: Object.keys(named),
    ends: 'done' as const,
  })
  return classOf({ production: shown(production), strict: shown(strict) })
}

/** A guess is none, and that a job failed says only that: innocents that fail are a fault of their own. */
const isBlame = (by: string) => !/^(?:loop\.\w+:(?!exact)|job\.polluted:(?!exact)|job\.ended:)/.test(by)

function disturbances({ lines, innocents }: Evidence): Record<string, number> {
  const who = new Map<string, Set<string>>()
  for (const line of lines) {
    if (line.kind !== 'seen' || !innocents.has(line.id)) continue
    if (!who.has(line.what)) who.set(line.what, new Set())
    who.get(line.what)!.add(line.id)
  }
  return Object.fromEntries([...who].map(([what, ids]) => [what, ids.size]))
}

function vacuity({ mode, lines }: Evidence, beside: number): string[] {
  if (lines.every(({ kind }) => kind !== 'act')) return ['shows nothing: the hostile act was not done']
  // In a thread an act may be done long after it was begun, and the others do not wait for it.
  const first = lines.findIndex(({ kind }) => kind === (mode === 'thread' ? 'crowd' : 'act'))
  const after = lines.slice(first).filter(({ kind }) => kind === 'ran').length
  return [
    ...(after > 0 ? [] : ['shows nothing: no innocent ran after the act']),
    ...(mode === 'strict' || beside >= besideMin ? [] : [`shows nothing: only ${beside} innocents ran beside the act`]),
  ]
}

function differences(
  expected: Expected,
  notice: Notice,
  named: Record<string, number>,
  { exits, hostile }: Evidence,
  disturbed: Record<string, number>,
): string[] {
  const problems = []
  if (notice !== expected.innocents) {
    const what = Object.entries(disturbed).map(([name, count]) => `${name} (${count})`)
    problems.push(`innocents noticed: ${notice} ${what.join(', ')}; the kind says: ${expected.innocents}`)
  }
  // Without saying how sure: however sure.
  const wasNamedBy = (by: string) => Object.keys(named).some((each) => each === by || each.startsWith(`${by}:`))
  const missing = expected.named.filter((by) => !wasNamedBy(by))
  const heard = Object.keys(named).filter((by) => expected.perhaps?.includes(by) !== true)
  if (missing.length > 0) {
    problems.push(`the doer was not named by ${missing.join(', ')}, but by ${heard.join(', ') || 'nothing'}`)
  } else if (expected.named.length === 0 && heard.length > 0) {
    problems.push(`the doer was named by ${heard.join(', ')}, unexpectedly`)
  }
  for (const [id, state] of hostile) {
    if (state !== expected.ends) problems.push(`the hostile job ${id} is ${state} and not ${expected.ends}`)
  }
  const codes = expected.condemned === true ? [70, 0] : [0]
  if (String(exits) !== String(codes))
    problems.push(`its processes ended with ${exits.join(', ')} and not ${codes.join(', ')}`)
  return problems
}

function failures({ failed }: Evidence): string[] {
  const some = [...failed].slice(0, 5).map(([id, how]) => `the innocent ${id} ${how}`)
  return failed.size > some.length ? [...some, `… and ${failed.size - some.length} more`] : some
}

function tally(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
