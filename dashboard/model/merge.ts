import type { DefinitionRow, Percentiles, Snapshot, WorkerState } from '../../src/contract/dashboard.ts'
import { definitionKey } from './history.ts'

/** One worker process beside the API, as it has told of itself. */
export interface ProcessRow {
  /** The number of its place on its machine. */
  process: number
  pid: number
  snapshot: Snapshot
}

/** All processes that answered, seen as one worker. */
export interface Merged {
  snapshot: Snapshot
  processes: ProcessRow[]
}

const slowestMax = 50
const failuresMax = 100

/**
 * The snapshots of several processes as one. Counts, cores and memory are added up, what ails a loop or a heap is the worst of them, and depths are the
 * newest, since they are of the store. Percentiles of a whole cannot be had from those of its parts: p50 and p90 are the mean, weighted by jobs done,
 * p99 and max the worst. Undefined when no process has told anything.
 */
export function merge(told: readonly { process: number; pid: number; snapshot?: unknown }[]): Merged | undefined {
  const processes = told.filter(isRow)
  const parts = processes.map(({ snapshot }) => snapshot).toSorted((a, b) => b.atMs - a.atMs)
  const [newest] = parts
  if (newest === undefined) return undefined
  return { snapshot: parts.length === 1 ? newest : mergeAll(newest, parts), processes }
}

/** A process of another version may tell something else, or nothing. */
function isRow(row: { process: number; pid: number; snapshot?: unknown }): row is ProcessRow {
  const { worker, fibers, totals } = (row.snapshot ?? {}) as Partial<Snapshot>
  return worker !== undefined && fibers !== undefined && totals !== undefined
}

function mergeAll(newest: Snapshot, parts: Snapshot[]): Snapshot {
  const sum = (of: (part: Snapshot) => number) => parts.reduce((total, part) => total + of(part), 0)
  const worst = (of: (part: Snapshot) => number) => Math.max(...parts.map(of))
  const cutBy = parts.find(({ fibers }) => fibers.cutBy !== undefined)?.fibers.cutBy
  const runMs = percentiles(parts.map((part) => [part.runMs, part.totals.done]))
  const waitMs = percentiles(parts.map((part) => [part.waitMs, part.totals.done]))
  const blocked = newestOf(parts.map((part) => part.blocked))
  const zombie = newestOf(parts.map((part) => part.zombie))
  return {
    atMs: newest.atMs,
    worker: {
      ...newest.worker,
      session: `${parts.length} processes`,
      startedAtMs: Math.min(...parts.map(({ worker }) => worker.startedAtMs)),
      state: stateOf(parts.map(({ worker }) => worker.state)),
    },
    fibers: {
      running: sum(({ fibers }) => fibers.running),
      waiting: sum(({ fibers }) => fibers.waiting),
      concurrency: sum(({ fibers }) => fibers.concurrency),
      allowed: sum(({ fibers }) => fibers.allowed),
      ...(cutBy !== undefined && { cutBy }),
    },
    totals: addUp(parts.map(({ totals }) => totals)),
    ...(runMs && { runMs }),
    ...(waitMs && { waitMs }),
    loopDelayMs: {
      p50: worst(({ loopDelayMs }) => loopDelayMs.p50),
      p99: worst(({ loopDelayMs }) => loopDelayMs.p99),
      max: worst(({ loopDelayMs }) => loopDelayMs.max),
    },
    loopUtilisation: worst((part) => part.loopUtilisation),
    cpu: sum(({ cpu }) => cpu),
    memory: { ...fullestHeap(parts), rssBytes: sum(({ memory }) => memory.rssBytes) },
    queues: [...new Map(parts.toReversed().flatMap(({ queues }) => queues.map((one) => [one.queue, one]))).values()],
    definitions: definitions(parts),
    slowest: parts
      .flatMap(({ slowest }) => slowest)
      .toSorted((a, b) => b.elapsedMs - a.elapsedMs)
      .slice(0, slowestMax),
    ...(blocked && { blocked }),
    ...(zombie && { zombie }),
    failures: parts
      .flatMap(({ failures }) => failures)
      .toSorted((a, b) => b.atMs - a.atMs)
      .slice(0, failuresMax),
  }
}

/** They are in one state, or what the liveliest is in: a rolling reload drains one while the others run. */
const liveliest: WorkerState[] = ['running', 'starting', 'draining', 'paused', 'stopped']

function stateOf(states: WorkerState[]): WorkerState {
  return liveliest.find((state) => states.includes(state)) ?? 'stopped'
}

function addUp<Counts extends object>(all: Counts[]): Counts {
  const sums: Record<string, number> = {}
  for (const one of all) for (const [name, value] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + Number(value)
  return sums as Counts
}

function percentiles(parts: [Percentiles | undefined, weight: number][]): Percentiles | undefined {
  const told = parts.filter((part): part is [Percentiles, number] => part[0] !== undefined)
  if (told.length === 0) return undefined
  const weights = told.reduce((sum, [, weight]) => sum + Math.max(weight, 1), 0)
  const mean = (of: (one: Percentiles) => number) =>
    told.reduce((sum, [one, weight]) => sum + of(one) * Math.max(weight, 1), 0) / weights
  const worst = (of: (one: Percentiles) => number) => Math.max(...told.map(([one]) => of(one)))
  return {
    p50: mean(({ p50 }) => p50),
    p90: mean(({ p90 }) => p90),
    p99: worst(({ p99 }) => p99),
    max: worst(({ max }) => max),
  }
}

function fullestHeap(parts: Snapshot[]): Snapshot['memory'] {
  const share = ({ heapUsedBytes, heapLimitBytes }: Snapshot['memory']) => heapUsedBytes / Math.max(heapLimitBytes, 1)
  return parts.map(({ memory }) => memory).reduce((one, other) => (share(other) > share(one) ? other : one))
}

function definitions(parts: Snapshot[]): DefinitionRow[] {
  const byKey = Map.groupBy(
    parts.flatMap((part) => part.definitions),
    definitionKey,
  )
  return [...byKey.values()].map((rows) => {
    const count = (of: (row: DefinitionRow) => number) => rows.reduce((sum, row) => sum + of(row), 0)
    const zombies = count((row) => row.zombies ?? 0)
    const runMs = percentiles(rows.map((row) => [row.runMs, row.done]))
    return {
      name: rows[0]!.name,
      queue: rows[0]!.queue,
      running: count((row) => row.running),
      done: count((row) => row.done),
      retried: count((row) => row.retried),
      dead: count((row) => row.dead),
      ...(zombies > 0 && { zombies }),
      ...(runMs && { runMs }),
    }
  })
}

function newestOf<Row extends { atMs: number }>(rows: (Row | undefined)[]): Row | undefined {
  return rows.filter((row) => row !== undefined).toSorted((a, b) => b.atMs - a.atMs)[0]
}
