import type { TerminalState } from '../../src/contract/job.ts'
import { terminalStates } from '../../src/contract/job.ts'
import type { Event } from './events.ts'
import { executionsOf, type Fault, type Run } from './runs.ts'

/** What the store says of a job when everything is over. */
export interface Found {
  state: string
  attempts: number
  crashes: number
  /** The execution whose result it holds. */
  run?: string
}

/** A run of workers under faults, from outside. */
export interface History {
  events: readonly Event[]
  /** Every job whose enqueue was acknowledged, and how it has to end. */
  enqueued: ReadonlyMap<string, TerminalState>
  found: ReadonlyMap<string, Found>
  leaseMs: number
}

export interface Judgement {
  /** A line for each thing that must not be. */
  problems: string[]
  /** How many of them are of each sort. */
  wrong: Record<Sort, number>
  /** What happened, to show that there was something to judge. */
  seen: {
    runs: number
    ended: Record<string, number>
    /** Executions that a kill cut off. */
    cutOff: number
    /** Executions that gave their job back when told to stop. */
    stopped: number
    /** Executions beyond the first of their job. */
    again: number
    /** Executions that returned after another one of their job had begun. */
    tooLate: number
    staleSettles: number
    crashesMax: number
    /** From each kill or pause to the next execution of each job that it hit. */
    recoveryMs: number[]
  }
}

/** Sorts of what must not be; `other`: an end, an attempt or a crash that does not fit what happened. */
type Sort = 'lost' | 'unexplained' | 'staleAccepted' | 'other'

interface Problem {
  sort: Sort
  text: string
}

/** A verdict may still be on its way to the store this long after its handler returned. */
const settleMsMax = 1_000
/** The lease of a dead session lasts at least this part of it: it was renewed every third. */
const leaseShareMin = 2 / 3 - 0.1

/**
 * Judges a history. Nothing lost: each job ended as it had to. Nothing unexpected: only enqueued jobs ran. Each execution beyond
 * the first has a cause: the one before was cut off by a kill, was given back, had failed, or its process was paused past its
 * lease; and it began no sooner than that lease can have ended. A late settle changed nothing: the result is that of the newest
 * loan. Attempts count failures only; crashes count deaths.
 */
export function check(history: History): Judgement {
  const { runs, faults } = executionsOf(history.events)
  const problems: string[] = []
  const wrong: Judgement['wrong'] = { lost: 0, unexplained: 0, staleAccepted: 0, other: 0 }
  const seen: Judgement['seen'] = {
    runs: 0,
    ended: {},
    cutOff: 0,
    stopped: 0,
    again: 0,
    tooLate: 0,
    staleSettles: 0,
    crashesMax: 0,
    recoveryMs: [],
  }
  const tell = (id: string, { sort, text }: Problem) => {
    wrong[sort]++
    problems.push(`${id}: ${text}`)
  }
  for (const id of runs.keys()) {
    if (!history.enqueued.has(id)) tell(id, { sort: 'unexplained', text: 'ran, and nobody had enqueued it' })
  }
  for (const [id, expected] of history.enqueued) {
    const ofJob = byLoan(runs.get(id) ?? [], faults)
    const found = history.found.get(id)
    for (const problem of judgeEnd(ofJob, found, expected)) tell(id, problem)
    for (const text of judgeRuns(ofJob, faults, history.leaseMs)) tell(id, { sort: 'unexplained', text })
    for (const text of judgeCounts(ofJob, found, faults)) tell(id, { sort: 'other', text })
    note(seen, ofJob, found, faults)
  }
  seen.staleSettles = history.events.filter(({ kind }) => kind === 'stale').length
  return { problems, wrong, seen }
}

/** In the order in which their loans were made: what a process begins after a pause and before it learns of its loss, it had reserved before. */
function byLoan(runs: Run[], faults: Map<number, Fault[]>): Run[] {
  return runs
    .map((run) => ({ ...run, startMs: reservedMs(run, faults.get(run.pid) ?? []) }))
    .sort((a, b) => a.startMs - b.startMs)
}

function reservedMs({ startMs }: Run, faults: Fault[]): number {
  const next = faults.find(({ kind, atMs }) => atMs > startMs && (kind === 'pause' || kind === 'revoked'))
  const pause = faults.findLast(({ kind, atMs }) => atMs <= startMs && (kind === 'pause' || kind === 'revoked'))
  return next?.kind === 'revoked' && pause?.kind === 'pause' ? pause.atMs : startMs
}

function judgeEnd(runs: Run[], found: Found | undefined, expected: TerminalState): Problem[] {
  const only = (sort: Sort, text: string): Problem[] => [{ sort, text }]
  if (found === undefined) return only('lost', 'lost: the store has no record of it')
  if (!(terminalStates as readonly string[]).includes(found.state))
    return only('lost', `lost: it is still ${found.state}`)
  if (found.state !== expected) return only('other', `is ${found.state} and should be ${expected}`)
  if (found.state !== 'done') return []
  const last = runs.at(-1)
  if (last === undefined) return only('lost', 'is done and was never run')
  if (found.run !== last.run) {
    const text = `holds the result of ${found.run ?? 'nobody'}, and ${last.run} had the newest loan`
    return only('staleAccepted', text)
  }
  if (last.end?.how === 'returned') return []
  return only('lost', `is done, and its last execution ${last.run} did not return`)
}

function judgeRuns(runs: Run[], faults: Map<number, Fault[]>, leaseMs: number): string[] {
  const problems: string[] = []
  for (let k = 1; k < runs.length; k++) {
    const [before, run] = [runs[k - 1]!, runs[k]!]
    if (before.end !== undefined && before.end.atMs <= run.startMs && before.end.how !== 'returned') continue
    const since = takenFrom(before, run.startMs, faults.get(before.pid) ?? [])
    if (since === undefined)
      problems.push(`${run.run} began without a cause while ${before.run} ${stateOf(before, run.startMs)}`)
    else if (run.startMs < since + leaseMs * leaseShareMin) {
      problems.push(
        `${run.run} began ${Math.round(run.startMs - since)} ms after the fault: the lease of ${before.run} still held`,
      )
    }
  }
  return problems
}

/** Since when the process of a run could not renew the lease of its loan any more; undefined when nothing was done to it. */
function takenFrom(run: Run, byMs: number, faults: Fault[]): number | undefined {
  // A verdict that had time enough to be written must have been written.
  const untilMs = run.end === undefined ? Infinity : run.end.atMs + settleMsMax
  return faults.find(({ kind, atMs }) => {
    if ((kind !== 'kill' && kind !== 'pause') || atMs > byMs || atMs > untilMs) return false
    // The signal arrives a moment after it was written down, and executions that begin in that moment are hit as well.
    return atMs >= run.startMs || kind === 'kill'
  })?.atMs
}

function stateOf(run: Run, atMs: number): string {
  return run.end === undefined || run.end.atMs > atMs ? 'was still running' : `had ${run.end.how}`
}

function judgeCounts(runs: Run[], found: Found | undefined, faults: Map<number, Fault[]>): string[] {
  if (found === undefined) return []
  const problems: string[] = []
  const threw = runs.filter(({ end }) => end?.how === 'threw')
  const untold = threw.filter((run) => died(run, faults)).length
  if (found.state === 'done' && (found.attempts > threw.length + 1 || found.attempts < threw.length - untold + 1)) {
    problems.push(`counts ${found.attempts} attempts, and ${threw.length} of its executions failed`)
  }
  const deaths = new Set(runs.filter((run) => wasCutOff(run, faults)).map(({ pid }) => pid)).size
  const faultsMax = [...faults.values()].flat().filter(({ kind }) => kind === 'kill' || kind === 'pause').length
  if (found.crashes < deaths) problems.push(`counts ${found.crashes} crashes, and ${deaths} processes died under it`)
  if (found.crashes > faultsMax) problems.push(`counts ${found.crashes} crashes, and there were ${faultsMax}`)
  return problems
}

/** Its process was killed before the verdict must have been written. */
function died({ end, pid }: Run, faults: Map<number, Fault[]>): boolean {
  const untilMs = (end?.atMs ?? Infinity) + settleMsMax
  return (faults.get(pid) ?? []).some(({ kind, atMs }) => kind === 'kill' && atMs <= untilMs)
}

function wasCutOff(run: Run, faults: Map<number, Fault[]>): boolean {
  if (run.end !== undefined) return false
  return (faults.get(run.pid) ?? []).some(({ kind }) => kind === 'kill')
}

function note(seen: Judgement['seen'], runs: Run[], found: Found | undefined, faults: Map<number, Fault[]>): void {
  const state = found?.state ?? 'lost'
  seen.ended[state] = (seen.ended[state] ?? 0) + 1
  seen.runs += runs.length
  seen.again += Math.max(0, runs.length - 1)
  seen.cutOff += runs.filter((run) => wasCutOff(run, faults)).length
  seen.stopped += runs.filter(({ end }) => end?.how === 'stopped').length
  seen.tooLate += runs.filter(
    ({ end }, k) => end?.how === 'returned' && (runs[k + 1]?.startMs ?? Infinity) < end.atMs,
  ).length
  seen.crashesMax = Math.max(seen.crashesMax, found?.crashes ?? 0)
  for (const [k, before] of runs.entries()) {
    const next = runs[k + 1]
    const since = next && takenFrom(before, next.startMs, faults.get(before.pid) ?? [])
    if (since !== undefined) seen.recoveryMs.push(next!.startMs - since)
  }
}
