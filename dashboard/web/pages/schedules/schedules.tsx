import { useState } from 'preact/hooks'
import type { ScheduleView } from '../../../../src/client.ts'
import { matches } from '../../../model/rows.ts'
import { api } from '../../data/api.ts'
import { useQueryState } from '../../data/query.ts'
import { useResource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { Answer } from '../../parts/answer.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Search } from '../../parts/search.tsx'
import { Table } from '../../parts/table.tsx'
import { columnsFor } from './columns.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'

/** What is enqueued by itself, when, and what became of it last. */
export function Schedules() {
  const schedules = useResource(() => api.schedules.list(), ['schedules'], { everyMs: 3_000 })
  const list = schedules.state.value.value ?? []
  const lastIds = list.flatMap(({ lastId }) => (lastId === undefined ? [] : [lastId]))
  const outcomes = useResource(() => outcomesOf(lastIds), ['outcomes', lastIds], { everyMs: 5_000 })
  const [search, setSearch] = useQueryState('q')
  const [editing, setEditing] = useState<ScheduleView | 'new'>()
  const changed = schedules.refresh
  return (
    <>
      <header class="head">
        <h1>Schedules</h1>
        <div class="head-end">
          <Search value={search} change={setSearch} label="Schedules that contain" />
          {may('manage') && (
            <button type="button" class="button" onClick={() => setEditing('new')}>
              New schedule …
            </button>
          )}
        </div>
      </header>
      <Answer of={schedules} what="schedules">
        {(rows) => (
          <Table
            stacked
            label="Schedules"
            columns={columnsFor({ outcomes: outcomes.state.value.value ?? new Map(), changed, edit: setEditing })}
            rows={rows.filter(({ id, name, queue, cron }) => matches(search, [id, name, queue, cron]))}
            keyOf={({ id }) => id}
            sorted={{ key: 'next', reverse: true }}
            empty={
              rows.length === 0 ? (
                <Empty title="Nothing is scheduled.">
                  A schedule is declared in code with <code>defineSchedule</code>, or made here or by{' '}
                  <code>PUT /v1/schedules/…</code>.
                </Empty>
              ) : (
                <Empty title={`No schedule contains "${search}".`} />
              )
            }
          />
        )}
      </Answer>
      {editing !== undefined && (
        <ScheduleDialog
          schedule={editing === 'new' ? undefined : editing}
          changed={changed}
          close={() => setEditing(undefined)}
        />
      )}
    </>
  )
}

const outcomesMax = 50

/** The state of the last job of each; a job whose record is gone has none. */
async function outcomesOf(ids: readonly string[]): Promise<Map<string, string>> {
  const jobs = await Promise.all(ids.slice(0, outcomesMax).map((id) => api.jobs.get(id).catch(() => undefined)))
  return new Map(jobs.flatMap((job) => (job === undefined ? [] : [[job.id, job.state]])))
}
