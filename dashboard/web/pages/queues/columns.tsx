import { Link } from 'wouter-preact'
import type { QueueView } from '../../../../src/client.ts'
import { readySeries } from '../../data/queues.ts'
import { Badge } from '../../parts/badge.tsx'
import { depthColumns } from '../../parts/depth-columns.tsx'
import { Count, Duration, Rate } from '../../parts/numbers.tsx'
import { Spark } from '../../parts/spark.tsx'
import type { Column } from '../../parts/table.tsx'

/** A wait that one should know of. */
const longWaitMs = 60_000

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
    key: 'trend',
    title: 'Ready, lately',
    without: 'narrow',
    cell: ({ queue }) => (
      <Spark label={`Ready in ${queue}, lately`} tone="grey" values={readySeries.value.get(queue) ?? []} />
    ),
  },
  ...depthColumns<QueueView>(),
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
    hint: 'Lately, in the workers of this machine.',
    number: true,
    cell: ({ perSecond }) => <Rate value={perSecond?.done} tone="blue" />,
    by: ({ perSecond }) => perSecond?.done,
  },
  {
    key: 'retried',
    title: 'Retried',
    hint: 'Attempts that failed and will be tried again: lately, in the workers of this machine.',
    number: true,
    without: 'phone',
    cell: ({ perSecond }) => <Rate value={perSecond?.retried} tone="amber" />,
    by: ({ perSecond }) => perSecond?.retried,
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
    hint: 'How long the oldest ready job has been ready.',
    number: true,
    without: 'phone',
    cell: ({ oldestReadyMs }) => (
      <Duration value={oldestReadyMs} tone={(oldestReadyMs ?? 0) > longWaitMs ? 'amber' : undefined} />
    ),
    by: ({ oldestReadyMs }) => oldestReadyMs,
  },
  {
    key: 'kept',
    title: 'Kept',
    hint: 'Done jobs whose record is kept.',
    number: true,
    without: 'narrow',
    cell: ({ done }) => <Count value={done} />,
    by: ({ done }) => done,
  },
]
