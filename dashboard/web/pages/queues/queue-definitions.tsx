import { useFleet } from '../../data/fleet.ts'
import { Empty } from '../../parts/notes.tsx'
import { Count, Duration } from '../../parts/numbers.tsx'
import { Table } from '../../parts/table.tsx'

/** The jobs that the workers here run of a queue. */
export function QueueDefinitions({ queue }: { queue: string }) {
  const { merged, error } = useFleet().value
  // Whoever may see only some queues is not told of the workers.
  if (error !== undefined && merged === undefined) return null
  const rows = merged?.snapshot.definitions.filter((row) => row.queue === queue) ?? []
  return (
    <section class="panel" aria-labelledby="queue-definitions">
      <header class="head">
        <h2 id="queue-definitions">Jobs run here</h2>
      </header>
      <Table
        label="Jobs run here"
        columns={[
          { key: 'name', title: 'Job', cell: ({ name }) => name, by: ({ name }) => name },
          {
            key: 'running',
            title: 'Running',
            number: true,
            cell: ({ running }) => <Count value={running} tone="blue" />,
            by: ({ running }) => running,
          },
          {
            key: 'done',
            title: 'Done',
            number: true,
            cell: ({ done }) => <Count value={done} />,
            by: ({ done }) => done,
          },
          {
            key: 'retried',
            title: 'Retried',
            number: true,
            cell: ({ retried }) => <Count value={retried} tone="amber" />,
            by: ({ retried }) => retried,
          },
          {
            key: 'dead',
            title: 'Dead',
            number: true,
            cell: ({ dead }) => <Count value={dead} tone="red" />,
            by: ({ dead }) => dead,
          },
          {
            key: 'p50',
            title: 'p50',
            hint: 'Run time of the jobs that ended in the last 10 s.',
            number: true,
            without: 'phone',
            cell: ({ runMs }) => <Duration value={runMs?.p50} />,
            by: ({ runMs }) => runMs?.p50,
          },
          {
            key: 'p99',
            title: 'p99',
            number: true,
            without: 'phone',
            cell: ({ runMs }) => <Duration value={runMs?.p99} />,
            by: ({ runMs }) => runMs?.p99,
          },
        ]}
        rows={rows}
        keyOf={({ name }) => name}
        empty={
          <Empty title="No worker here has run a job of this queue.">
            Since the workers were started; those of other machines are not counted.
          </Empty>
        }
      />
    </section>
  )
}
