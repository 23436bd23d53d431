import type { QueueView } from '../../../../src/client.ts'
import { matches } from '../../../model/rows.ts'
import { halveConcurrency } from '../../data/halve.ts'
import { useQueues } from '../../data/queues.ts'
import { may } from '../../data/session.ts'
import { useQueryState } from '../../data/query.ts'
import { Answer } from '../../parts/answer.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Search } from '../../parts/search.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { useKeys } from '../../shell/keys.ts'
import { queueColumns } from './columns.tsx'
import { PauseQueue } from './pause-queue.tsx'

/** Every queue, and how full it is. */
export function Queues() {
  const queues = useQueues()
  const [search, setSearch] = useQueryState('q')
  const actions: Column<QueueView> = {
    key: 'do',
    title: '',
    number: true,
    without: 'phone',
    cell: (queue) => <PauseQueue queue={queue} changed={queues.refresh} small />,
  }
  const halve = () => {
    const queue = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']
    if (queue !== undefined) void halveConcurrency(queue)
  }
  useKeys(may('act') ? [{ keys: '<', does: 'halve the concurrency of the row', run: halve }] : [])
  return (
    <>
      <header class="head">
        <h1>Queues</h1>
        <div class="head-end">
          <Search value={search} change={setSearch} label="Queues whose name contains" />
        </div>
      </header>
      <Answer of={queues} what="queues">
        {(rows) => (
          <Table
            label="Queues"
            columns={may('act') ? [...queueColumns, actions] : queueColumns}
            rows={rows.filter(({ queue, paused }) => matches(search, [queue, paused ? 'paused' : '']))}
            keyOf={({ queue }) => queue}
            href={({ queue }) => `/queues/${encodeURIComponent(queue)}`}
            empty={
              rows.length === 0 ? (
                <Empty title="There is no queue yet.">
                  One appears with its first job, or with a worker that has a job for it.
                </Empty>
              ) : (
                <Empty title={`No queue's name contains "${search}".`} />
              )
            }
          />
        )}
      </Answer>
    </>
  )
}
