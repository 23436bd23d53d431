import type { Snapshot, Totals } from '../../src/contract/dashboard.ts'

/** One second of the past, as the charts show it. */
export interface Sample {
  donePerS: number
  /** Attempts that ended badly: retried, dead, quarantined. */
  failedPerS: number
  runP50Ms: number
  runP99Ms: number
  loopP99Ms: number
  rssBytes: number
  cpu: number
  running: number
}

/** How far the counters of one process were. */
interface Count {
  startedAtMs: number
  done: number
  failed: number
  ended: Map<string, number>
}

interface Mark {
  atMs: number
  /** By session. */
  counts: Map<string, Count>
}

/** What one snapshot cannot tell: the past, and speeds. */
export interface History {
  /** Oldest first, one a second. */
  samples: Sample[]
  /** Over the last two seconds or so. */
  donePerS: number
  failedPerS: number
  /** Jobs ended a second, by `queue` and by `queue/name` as `definitionKey` writes it. */
  ended: Map<string, number>
  marks: Mark[]
  sampledAtMs: number
}

/** The most seconds that a chart can show. */
export const samplesMax = 300
const windowMs = 2_000

/** The key of a definition in maps and selections. */
export function definitionKey(row: { queue: string; name: string }): string {
  return `${row.queue}\0${row.name}`
}

export function failedOf(totals: Totals): number {
  return totals.retried + totals.dead + totals.quarantined
}

/**
 * The history with one more snapshot in it. `parts` are the processes that it was merged from: each is counted by itself, so that one that starts
 * anew, or does not answer for a while, is no leap of the sum.
 */
export function advance(
  history: History | undefined,
  snapshot: Snapshot,
  parts: readonly Snapshot[] = [snapshot],
): History {
  const mark = { atMs: snapshot.atMs, counts: new Map(parts.map((part) => [part.worker.session, countOf(part)])) }
  const last = history?.marks.at(-1)
  if (history === undefined || last === undefined) return fresh(mark)
  if (mark.atMs <= last.atMs) return history
  const marks = [...history.marks, mark]
  while (marks.length > 2 && (marks[1] ?? mark).atMs <= mark.atMs - windowMs) marks.shift()
  const from = marks[0] ?? mark
  const speeds = speedsBetween(from, mark)
  const due = Math.floor((mark.atMs - history.sampledAtMs) / 1_000)
  if (due < 1) return { ...history, ...speeds, marks }
  // Seconds without a snapshot (a blocked loop) are filled, so that the chart's time stays true.
  const sample = { ...sampleOf(snapshot), donePerS: speeds.donePerS, failedPerS: speeds.failedPerS }
  const samples = [...history.samples, ...Array.from({ length: Math.min(due, samplesMax) }, () => sample)].slice(
    -samplesMax,
  )
  return { ...speeds, marks, samples, sampledAtMs: history.sampledAtMs + due * 1_000 }
}

function fresh(mark: Mark): History {
  return { samples: [], donePerS: 0, failedPerS: 0, ended: new Map(), marks: [mark], sampledAtMs: mark.atMs }
}

function countOf(snapshot: Snapshot): Count {
  const ended = new Map<string, number>()
  for (const row of snapshot.definitions) {
    const value = row.done + row.retried + row.dead
    ended.set(definitionKey(row), value)
    ended.set(row.queue, (ended.get(row.queue) ?? 0) + value)
  }
  const { startedAtMs } = snapshot.worker
  return { startedAtMs, done: snapshot.totals.done, failed: failedOf(snapshot.totals), ended }
}

function speedsBetween(from: Mark, to: Mark): Pick<History, 'donePerS' | 'failedPerS' | 'ended'> {
  const seconds = (to.atMs - from.atMs) / 1_000
  const speeds = { donePerS: 0, failedPerS: 0, ended: new Map<string, number>() }
  for (const [session, now] of to.counts) {
    const before = from.counts.get(session)
    // Whoever was there before and did not answer: nobody knows when it did what it has done.
    if (before === undefined && now.startedAtMs <= from.atMs) continue
    const since = (value: number, then: number | undefined) => Math.max(0, value - (then ?? 0)) / seconds
    speeds.donePerS += since(now.done, before?.done)
    speeds.failedPerS += since(now.failed, before?.failed)
    for (const [key, value] of now.ended)
      speeds.ended.set(key, (speeds.ended.get(key) ?? 0) + since(value, before?.ended.get(key)))
  }
  return speeds
}

function sampleOf(snapshot: Snapshot): Omit<Sample, 'donePerS' | 'failedPerS'> {
  return {
    runP50Ms: snapshot.runMs?.p50 ?? 0,
    runP99Ms: snapshot.runMs?.p99 ?? 0,
    loopP99Ms: snapshot.loopDelayMs.p99,
    rssBytes: snapshot.memory.rssBytes,
    cpu: snapshot.cpu,
    running: snapshot.fibers.running,
  }
}
