import { isDeepStrictEqual } from 'node:util'
import type { TerminalState } from '../../src/contract/job.ts'
import { check, type Found } from '../../stress/history/check.ts'
import type { Event } from '../../stress/history/events.ts'
import { recalled } from '../../stress/history/recall.ts'
import { executionsOf, type Run } from '../../stress/history/runs.ts'

/** A job as `list --json` tells it. */
export interface ListedJob {
  id: string
  state: string
  attempts: number
  crashes: number
  result?: { run: string }
  error?: string
  failures?: { attempt: number; error: string }[]
}

/** What was asked for of a job whose enqueue was acknowledged. */
export interface Asked {
  expected: TerminalState
  group?: string
  /** By the machine's clock. */
  notBeforeMs?: number
}

/** What two builds did on one store. */
export interface Shared {
  events: readonly Event[]
  asked: ReadonlyMap<string, Asked>
  leaseMs: number
  /** Of each process, whether its build keeps the attempts that failed. */
  keepsFailures: ReadonlyMap<number, boolean>
  /** They lie in the job itself: a build that does not know them writes it anew without. */
  failuresWithin?: boolean
  /** What each build reads in the end; absent where the store keeps no records. */
  read?: { first: ListedJob[]; second: ListedJob[] }
}

export const tickId = /^every-second@(\d+)$/

/** A line for each thing that must not be. */
export function judge(shared: Shared): string[] {
  const { events, asked, leaseMs, read } = shared
  const { runs } = executionsOf(events)
  const enqueued = new Map([...asked].map(([id, { expected }]) => [id, expected]))
  for (const id of runs.keys()) if (tickId.test(id)) enqueued.set(id, 'done')
  const found = read === undefined ? recalled(events, enqueued.keys()) : foundOf(read.second)
  const { problems } = check({ events, enqueued, found, leaseMs })
  return [
    ...(read === undefined ? problems.filter((text) => !isForked(text)) : problems),
    ...tooEarly(asked, runs),
    ...overlaps(asked, events),
    ...missedTicks([...runs.keys()]),
    ...(read === undefined ? [] : differences(read.first, read.second)),
    ...(read === undefined ? [] : lostFailures(shared, read.second, runs)),
  ]
}

/** A retry at a broker is a message of its own, beside the first one until that is acknowledged: of a worker that dies in between both are there. */
const isForked = (problem: string) => problem.includes('began without a cause')

function foundOf(jobs: readonly ListedJob[]): Map<string, Found> {
  return new Map(
    jobs.map(({ id, state, attempts, crashes, result }) => [
      id,
      { state, attempts, crashes, ...(result !== undefined && { run: result.run }) },
    ]),
  )
}

function tooEarly(asked: Shared['asked'], runs: ReadonlyMap<string, Run[]>): string[] {
  return [...asked].flatMap(([id, { notBeforeMs = -Infinity }]) =>
    (runs.get(id) ?? [])
      .filter(({ startMs }) => startMs < notBeforeMs)
      .map(({ startMs }) => `${id} began ${Math.round(notBeforeMs - startMs)} ms before its time`),
  )
}

/** Of a group one runs at a time, whoever runs it. */
function overlaps(asked: Shared['asked'], events: readonly Event[]): string[] {
  const running = new Map<string, { id: string; pid: number }>()
  const groupOfRun = new Map<string, string>()
  const problems: string[] = []
  for (const event of events) {
    if (event.kind === 'start') {
      const group = asked.get(event.id)?.group
      if (group === undefined) continue
      const other = running.get(group)
      if (other !== undefined) problems.push(`${event.id} began while ${other.id} of the same group ran`)
      groupOfRun.set(event.run, group)
      running.set(group, event)
    } else if (event.kind === 'end') {
      const group = groupOfRun.get(event.run)
      if (group !== undefined) running.delete(group)
    } else if (event.kind === 'kill') {
      for (const [group, { pid }] of running) if (pid === event.pid) running.delete(group)
    }
  }
  return problems
}

/** Each second from the first to the last that ran. */
function missedTicks(ids: readonly string[]): string[] {
  const times = ids.flatMap((id) => tickId.exec(id)?.[1] ?? []).map(Number)
  const ran = new Set(times)
  const problems: string[] = []
  for (let atMs = Math.min(...times); atMs < Math.max(...times); atMs += 1_000) {
    if (!ran.has(atMs)) problems.push(`the tick of ${atMs} never ran`)
  }
  return problems
}

/** What one build reads of the jobs and the other does not: all but the failures, which only one of them may know of. */
function differences(first: readonly ListedJob[], second: readonly ListedJob[]): string[] {
  const others = new Map(second.map((job) => [job.id, job]))
  const problems = first.flatMap((job) => {
    const { failures: _ours, ...mine } = job
    const { failures: _theirs, ...theirs } = others.get(job.id) ?? {}
    return isDeepStrictEqual(mine, theirs)
      ? []
      : `${job.id} reads ${JSON.stringify(mine)} and ${JSON.stringify(theirs)}`
  })
  if (first.length !== second.length) problems.push(`one reads ${first.length} jobs, the other ${second.length}`)
  return problems
}

/** A build that keeps the attempts that fail has kept each one of its own, whoever ran the others. Those that a crash cut off have no verdict. */
function lostFailures(
  { keepsFailures, failuresWithin = false }: Shared,
  read: readonly ListedJob[],
  runs: ReadonlyMap<string, Run[]>,
): string[] {
  // Whoever moves a job writes it anew, be it only from those that wait for their time to those that are ready.
  if (failuresWithin && [...keepsFailures.values()].includes(false)) return []
  return read.flatMap(({ id, failures = [], crashes }) => {
    const kept = failures.map(({ attempt }) => attempt)
    const failed = (runs.get(id) ?? []).filter(
      ({ end, pid }) => end?.how === 'threw' && keepsFailures.get(pid) === true,
    )
    return failed
      .filter(({ attempt }) => crashes === 0 && !kept.includes(attempt))
      .map(({ attempt }) => `${id}: attempt ${attempt} failed, and its failures are those of attempts ${kept.join()}`)
  })
}
