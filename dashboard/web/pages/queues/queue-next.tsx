import { Link } from 'wouter-preact'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../../parts/answer.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

const shown = 10

/** Who is taken next, in that order. */
export function QueueNext({ queue }: { queue: string }) {
  const next = useResource(() => api.queues.next(queue, shown), ['next', queue], { everyMs: 3_000 })
  const href = (id: string) => `/jobs/${encodeURIComponent(id)}`
  return (
    <section class="panel" aria-labelledby="queue-next">
      <header class="head">
        <h2 id="queue-next">Next to be taken</h2>
      </header>
      <Answer of={next} what="the next jobs">
        {(rows) => (
          <Table
            label="Next to be taken"
            columns={[
              { key: 'job', title: 'Job', cell: ({ id, name }) => <Link href={href(id)}>{name}</Link> },
              { key: 'group', title: 'Group', cell: ({ group }) => group ?? <span class="faint">–</span> },
              { key: 'priority', title: 'Priority', number: true, cell: ({ priority }) => priority },
              { key: 'attempts', title: 'Attempts', number: true, without: 'phone', cell: ({ attempts }) => attempts },
              { key: 'enqueued', title: 'Enqueued', number: true, cell: ({ enqueuedAt }) => <Time at={enqueuedAt} /> },
            ]}
            rows={rows}
            keyOf={({ id }) => id}
            href={({ id }) => href(id)}
            empty={<Empty title="Nothing is ready.">Whatever comes is taken at once.</Empty>}
          />
        )}
      </Answer>
    </section>
  )
}
