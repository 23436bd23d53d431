import { Link } from 'wouter-preact'
import type { QueueView } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../../parts/answer.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Count, Duration, Rate } from '../../parts/numbers.tsx'
import { type Column, Table } from '../../parts/table.tsx'

/** Every queue, and how full it is. */
export function Queues() {
  const queues = useResource(() => api.queues.list(), ['queues'], { everyMs: 2_000 })
  return (
    <>
      <h1>Queues</h1>
      <Answer of={queues} what="queues">
        {(rows) => (
          <Table
            label="Queues"
            columns={queueColumns}
            rows={rows}
            keyOf={({ queue }) => queue}
            empty={
              <Empty title="There is no queue yet.">
                One appears with its first job, or with a worker that has a definition for it.
              </Empty>
            }
          />
        )}
      </Answer>
    </>
  )
}

export const queueColumns: readonly Column<QueueView>[] = [
  {
    key: 'queue',
    title: 'Queue',
    cell: ({ queue, paused }) => (
      <>
        <Link href={`/queues/${encodeURIComponent(queue)}`}>{queue}</Link>{' '}
        {paused && <Badge tone="amber">paused</Badge>}
      </>
    ),
    by: ({ queue }) => queue,
  },
  {
    key: 'ready',
    title: 'Ready',
    number: true,
    cell: ({ ready }) => <Count value={ready} />,
    by: ({ ready }) => ready,
  },
  {
    key: 'running',
    title: 'Running',
    number: true,
    cell: ({ running }) => <Count value={running} tone="blue" />,
    by: ({ running }) => running,
  },
  {
    key: 'delayed',
    title: 'Delayed',
    number: true,
    without: 'phone',
    cell: ({ delayed }) => <Count value={delayed} />,
    by: ({ delayed }) => delayed,
  },
  {
    key: 'done',
    title: 'Done',
    number: true,
    without: 'phone',
    cell: ({ perSecond }) => <Rate value={perSecond?.done} />,
    by: ({ perSecond }) => perSecond?.done,
  },
  {
    key: 'dead',
    title: 'Dead',
    number: true,
    cell: ({ dead, quarantined }) => <Count value={dead + quarantined} tone="red" />,
    by: ({ dead, quarantined }) => dead + quarantined,
  },
  {
    key: 'oldest',
    title: 'Oldest ready',
    number: true,
    without: 'phone',
    cell: ({ oldestReadyMs }) => <Duration value={oldestReadyMs} />,
    by: ({ oldestReadyMs }) => oldestReadyMs,
  },
]
