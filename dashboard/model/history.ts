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

interface Mark {
  atMs: number
  done: number
  failed: number
  ended: Map<string, number>
}

/** What one snapshot cannot tell: the past, and speeds. */
export interface History {
  session: string
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

/** The history with one more snapshot in it. Another session, or counters that run backwards, start a new one. */
export function advance(history: History | undefined, snapshot: Snapshot): History {
  const mark = markOf(snapshot)
  const last = history?.marks.at(-1)
  if (
    history === undefined ||
    last === undefined ||
    history.session !== snapshot.worker.session ||
    mark.done < last.done
  ) {
    return fresh(snapshot, mark)
  }
  if (mark.atMs <= last.atMs) return history
  const marks = [...history.marks, mark]
  while (marks.length > 2 && (marks[1] ?? mark).atMs <= mark.atMs - windowMs) marks.shift()
  const from = marks[0] ?? mark
  const seconds = (mark.atMs - from.atMs) / 1_000
  const ended = new Map<string, number>()
  for (const [key, value] of mark.ended) ended.set(key, Math.max(0, value - (from.ended.get(key) ?? 0)) / seconds)
  const speeds = {
    donePerS: (mark.done - from.done) / seconds,
    failedPerS: Math.max(0, mark.failed - from.failed) / seconds,
  }
  const due = Math.floor((mark.atMs - history.sampledAtMs) / 1_000)
  if (due < 1) return { ...history, ...speeds, marks, ended }
  // Seconds without a snapshot (a blocked loop) are filled, so that the chart's time stays true.
  const sample = { ...sampleOf(snapshot), ...speeds }
  const samples = [...history.samples, ...Array.from({ length: Math.min(due, samplesMax) }, () => sample)].slice(
    -samplesMax,
  )
  return { ...history, ...speeds, marks, ended, samples, sampledAtMs: history.sampledAtMs + due * 1_000 }
}

function fresh(snapshot: Snapshot, mark: Mark): History {
  return {
    session: snapshot.worker.session,
    samples: [],
    donePerS: 0,
    failedPerS: 0,
    ended: new Map(),
    marks: [mark],
    sampledAtMs: snapshot.atMs,
  }
}

function markOf(snapshot: Snapshot): Mark {
  const ended = new Map<string, number>()
  for (const row of snapshot.definitions) {
    const value = row.done + row.retried + row.dead
    ended.set(definitionKey(row), value)
    ended.set(row.queue, (ended.get(row.queue) ?? 0) + value)
  }
  return { atMs: snapshot.atMs, done: snapshot.totals.done, failed: failedOf(snapshot.totals), ended }
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
