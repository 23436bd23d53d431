import { Count } from './numbers.tsx'
import type { Column } from './table.tsx'

/** What waits and what runs, of queues and of groups alike. */
export function depthColumns<Row extends { ready: number; running: number }>(): Column<Row>[] {
  return [
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
  ]
}
