import { Link } from 'wouter-preact'
import type { QueueView } from '../../../../src/client.ts'
import { Empty } from '../../parts/notes.tsx'
import { Table } from '../../parts/table.tsx'
import { queueColumns } from '../queues/columns.tsx'

const shown = 8
const columns = queueColumns.filter(({ key }) => ['queue', 'ready', 'running', 'done', 'dead', 'oldest'].includes(key))

/** The busiest queues. */
export function QueuesShort({ rows }: { rows: readonly QueueView[] }) {
  const busiest = rows.toSorted((one, other) => weight(other) - weight(one) || one.queue.localeCompare(other.queue))
  return (
    <section class="panel" aria-labelledby="overview-queues">
      <header class="head">
        <h2 id="overview-queues">Queues</h2>
        {rows.length > shown && (
          <span class="head-end">
            <Link href="/queues">all {rows.length}</Link>
          </span>
        )}
      </header>
      <Table
        label="The busiest queues"
        columns={columns}
        rows={busiest.slice(0, shown)}
        keyOf={({ queue }) => queue}
        href={({ queue }) => `/queues/${encodeURIComponent(queue)}`}
        empty={
          <Empty title="There is no queue yet.">
            One appears with its first job, or with a worker that has a job for it.
          </Empty>
        }
      />
    </section>
  )
}

/** What has most in it stands first; the order of magnitude only, so that rows do not dance. */
function weight({ ready, running, dead, quarantined, done }: QueueView): number {
  const busy = ready + running + dead + quarantined
  return Math.floor(Math.log2(busy + 1)) * 100 + Math.floor(Math.log2(done + 1))
}
