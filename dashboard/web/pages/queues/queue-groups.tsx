import { Link } from 'wouter-preact'
import type { GroupView } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../../parts/answer.tsx'
import { Badge } from '../../parts/badge.tsx'
import { depthColumns } from '../../parts/depth-columns.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Table } from '../../parts/table.tsx'

const shown = 10

/** The groups of a queue with most jobs. */
export function QueueGroups({ queue }: { queue: string }) {
  const groups = useResource(() => api.queues.groups(queue, shown), ['groups', queue], { everyMs: 3_000 })
  const href = (group: string | undefined) =>
    `/groups?${new URLSearchParams({ queue, ...(group !== undefined && { q: group }) }).toString()}`
  return (
    <section class="panel" aria-labelledby="queue-groups">
      <header class="head">
        <h2 id="queue-groups">Groups</h2>
        <span class="head-end">
          <Link href={href(undefined)}>all, and their limits</Link>
        </span>
      </header>
      <Answer of={groups} what="groups">
        {(rows) => (
          <Table
            label="Groups with most jobs"
            columns={[
              {
                key: 'group',
                title: 'Group',
                cell: ({ group, held }) => (
                  <>
                    {group === undefined ? (
                      <span class="faint">without a group</span>
                    ) : (
                      <Link href={href(group)}>{group}</Link>
                    )}{' '}
                    {held !== undefined && <Badge tone="amber">{held === 'frozen' ? 'paused' : held}</Badge>}
                  </>
                ),
              },
              ...depthColumns<GroupView>(),
            ]}
            rows={rows}
            keyOf={({ group = '' }) => group}
            href={({ group }) => href(group)}
            empty={
              <Empty title="No group has a job in it.">
                A group is a tenant, a host: what a job says with `group`.
              </Empty>
            }
          />
        )}
      </Answer>
    </section>
  )
}
