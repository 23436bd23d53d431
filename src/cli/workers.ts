import type { Command } from 'commander'
import type { ProcessesView } from '../api/operations/processes.ts'
import type { WorkerView } from '../api/operations/store.ts'
import { formatDuration } from '../base/duration.ts'
import type { Snapshot } from '../contract/dashboard.ts'
import { addPlace, type Given } from './flags.ts'
import { paint } from './output.ts'
import { type Column, table } from './table.ts'
import { showCount, showIso } from './time.ts'
import { withApi } from './with-api.ts'

/** `fiber-work workers`: those of the store on all machines, and the processes beside an API. */
export function register(command: Command): void {
  addPlace(command).action((given: Given) =>
    withApi(given, {}, async ({ api, output, remote }) => {
      const workers = await api.workers.list()
      // Only an API has processes beside it; a token of a few queues may not ask for them.
      const found = remote ? await api.workers.processes().catch(() => none) : none
      const { processes, missing } = found
      output.answer({ workers, processes, missing }, () => {
        const parts = [workers.length > 0 ? table(workers, workerColumns) : paint('dim', 'No worker is running.')]
        if (processes.length > 0) parts.push(table(processes, processColumns))
        return parts.join('\n\n')
      })
      for (const what of missing) output.warn(what)
    }),
  )
}

const none: ProcessesView = { processes: [], missing: [] }

export const workerColumns: Column<WorkerView>[] = [
  { title: 'WORKER', cell: ({ session }) => session },
  { title: 'HOLDS', cell: ({ held }) => showCount(held), align: 'right' },
  { title: 'SINCE', cell: ({ openedAt }) => showIso(openedAt) },
  { title: 'LEASE UNTIL', cell: ({ leaseUntil }) => showIso(leaseUntil) },
]

type Row = ProcessesView['processes'][number]

/** A process of another version may tell less. */
const of = ({ snapshot }: Row): Partial<Snapshot> => (snapshot ?? {}) as Partial<Snapshot>

const processColumns: Column<Row>[] = [
  { title: 'PROCESS', cell: ({ process }) => process, align: 'right' },
  { title: 'PID', cell: ({ pid }) => pid, align: 'right' },
  { title: 'STATE', cell: (row) => of(row).worker?.state },
  { title: 'RUNNING', cell: (row) => of(row).fibers?.running, align: 'right' },
  { title: 'OF', cell: (row) => of(row).fibers?.concurrency, align: 'right' },
  { title: 'DONE', cell: (row) => countOf(of(row).totals?.done), align: 'right' },
  { title: 'RETRIED', cell: (row) => countOf(of(row).totals?.retried), align: 'right' },
  { title: 'DEAD', cell: (row) => countOf(of(row).totals?.dead), align: 'right' },
  { title: 'RUN P99', cell: (row) => durationOf(of(row).runMs?.p99), align: 'right' },
  { title: 'WAIT P99', cell: (row) => durationOf(of(row).waitMs?.p99), align: 'right' },
  { title: 'LOOP P99', cell: (row) => durationOf(of(row).loopDelayMs?.p99), align: 'right' },
  { title: 'CPU', cell: (row) => shareOf(of(row).cpu), align: 'right' },
  { title: 'RSS', cell: (row) => mebibytesOf(of(row).memory?.rssBytes), align: 'right' },
]

const countOf = (count: number | undefined) => (count === undefined ? '' : showCount(count))
const durationOf = (ms: number | undefined) => (ms === undefined ? '' : formatDuration(ms))
const shareOf = (cores: number | undefined) => (cores === undefined ? '' : `${Math.round(cores * 100)} %`)
const mebibytesOf = (bytes: number | undefined) => (bytes === undefined ? '' : `${Math.round(bytes / 2 ** 20)} MiB`)
