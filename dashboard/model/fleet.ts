import type { Snapshot } from '../../src/contract/dashboard.ts'
import { advance, type History } from './history.ts'
import { merge, type Merged, type ProcessRow } from './merge.ts'

/** A worker process as a page that is open for a while knows it. */
export interface SeenProcess extends ProcessRow {
  history: History
  /** When it last told something, by the clock of whoever looks. */
  seenAtMs: number
  /** It is no more. It stays, so that who looks away for a moment sees it all the same. */
  gone?: Gone
}

export interface Gone {
  atMs: number
  /** `killed by SIGKILL`; undefined where nobody told how. */
  how?: string
  /** It ended as it was asked to: nothing to worry about. */
  asked: boolean
}

/** Every worker process beside the API that was seen, and all of them as one. */
export interface Fleet {
  processes: readonly SeenProcess[]
  /** Of those that are there. */
  merged?: Merged
  history?: History
  /** What keeps others from answering, in words. */
  missing: readonly string[]
}

export const nobody: Fleet = { processes: [], missing: [] }

const goneMax = 20
/** Snapshots come once a second: after so long without one, something is wrong. */
export const silentMs = 3_000

type Told = { process: number; pid: number; snapshot?: unknown }

/** All have been asked: who is not among the answers, and not missing for a reason, is gone. */
export function answered(fleet: Fleet, told: readonly Told[], missing: readonly string[], nowMs: number): Fleet {
  const heard = tell(fleet, told, nowMs)
  const pids = new Set(told.map(({ pid }) => pid))
  const isNamed = (pid: number) => missing.some((text) => text.includes(String(pid)))
  const processes = heard.processes.map((one) =>
    one.gone !== undefined || pids.has(one.pid) || isNamed(one.pid)
      ? one
      : { ...one, gone: { atMs: nowMs, asked: isEnding(one.snapshot) } },
  )
  return together({ ...heard, processes, missing })
}

/** Some have told of themselves. */
export function told(fleet: Fleet, some: readonly Told[], nowMs: number): Fleet {
  return together(tell(fleet, some, nowMs))
}

/** One has ended; `code` and `signal` are those of its exit. */
export function ended(
  fleet: Fleet,
  pid: number,
  { code, signal }: { code?: number | null; signal?: string | null },
  nowMs: number,
): Fleet {
  const processes = fleet.processes.map((one) => {
    if (one.pid !== pid || one.gone?.how !== undefined) return one
    const how = typeof signal === 'string' ? `killed by ${signal}` : `ended with code ${code ?? 0}`
    const asked = typeof signal !== 'string' && (code ?? 0) === 0
    return { ...one, gone: { atMs: one.gone?.atMs ?? nowMs, how, asked } }
  })
  return together({ ...fleet, processes })
}

/** Those that are there. */
export function present(fleet: Fleet): SeenProcess[] {
  return fleet.processes.filter(({ gone }) => gone === undefined)
}

function tell(fleet: Fleet, some: readonly Told[], nowMs: number): Fleet {
  const rows = merge(some)?.processes ?? []
  const byPid = new Map(fleet.processes.map((one) => [one.pid, one]))
  for (const row of rows) {
    const history = advance(byPid.get(row.pid)?.history, row.snapshot)
    byPid.set(row.pid, { ...row, history, seenAtMs: nowMs })
  }
  return { ...fleet, processes: [...byPid.values()].toSorted(byPlace) }
}

function together({ history, ...fleet }: Fleet): Fleet {
  const gone = fleet.processes.filter((one) => one.gone !== undefined)
  const forgotten = new Set(gone.toSorted((a, b) => b.gone!.atMs - a.gone!.atMs).slice(goneMax))
  const processes = fleet.processes.filter((one) => !forgotten.has(one))
  const rows = processes.filter((one) => one.gone === undefined)
  const merged = merge(rows)
  if (merged === undefined) return { processes, missing: fleet.missing, ...(history && { history }) }
  const parts = rows.map(({ snapshot }) => snapshot)
  return { processes, missing: fleet.missing, merged, history: advance(history, merged.snapshot, parts) }
}

/** By their places; in one place the newest first. */
function byPlace(one: SeenProcess, other: SeenProcess): number {
  return one.process - other.process || other.snapshot.worker.startedAtMs - one.snapshot.worker.startedAtMs
}

function isEnding({ worker: { state } }: Snapshot): boolean {
  return state === 'draining' || state === 'stopped'
}
