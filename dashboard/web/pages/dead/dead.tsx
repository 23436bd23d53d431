import { useState } from 'preact/hooks'
import { Link, useLocation, useSearch } from 'wouter-preact'
import type { Filter, JobView } from '../../../../src/client.ts'
import { isCut } from '../../../model/dead-sample.ts'
import { failureGroups } from '../../../model/failure-groups.ts'
import { filterFromQuery, filterQuery, type ListFilter } from '../../../model/filter-text.ts'
import { count, plural } from '../../../model/format.ts'
import type { JobAction } from '../../../model/outcome-words.ts'
import { api } from '../../data/api.ts'
import { deadStates, useDead } from '../../data/dead.ts'
import { useResource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { Answer } from '../../parts/answer.tsx'
import { BulkDialog } from '../../parts/bulk/bulk-dialog.tsx'
import { BulkTasks } from '../../parts/bulk/bulk-tasks.tsx'
import { Empty } from '../../parts/notes.tsx'
import { useKeys } from '../../shell/keys.ts'
import { FilterBar } from '../jobs/filter-bar.tsx'
import { jobsHref } from '../jobs/filter-state.ts'
import { FailureRow } from './failure-row.tsx'

/** About so many are looked at for the groups: the newest ones of each queue. */
const lookedMax = 2_000

/** Jobs that wait for a decision, by what they failed of. */
export function Dead() {
  const [filter, choose] = useDeadFilter()
  const queues = useResource(() => api.queues.list(), ['queues'], { everyMs: 5_000, on: ['queue.depth'] })
  const [bulk, setBulk] = useState<{ action: JobAction; filter: Filter }>()
  const open = (action: JobAction, more: ListFilter = {}) =>
    setBulk({ action, filter: { ...filter, ...more, states: [...deadStates] } as Filter })
  const dead = useDead(queues, filter, { jobsMax: lookedMax, everyMs: 4_000 })
  const known = queues.state.value.value ?? []
  const isFiltered = Object.keys(filter).length > 0
  const total = known.reduce((sum, one) => sum + one.dead + one.quarantined, 0)
  useKeys(may('act') ? [{ keys: 'R', does: 'retry all that are shown', run: () => open('retry') }] : [])
  return (
    <>
      <div class="head">
        <h1>Dead letters</h1>
        {total > 0 && <span class="faint number">{count(total)} in all</span>}
        {may('act') && total > 0 && (
          <div class="head-end">
            <button type="button" class="button" onClick={() => open('retry')}>
              Retry all{isFiltered && ' of these'} …
            </button>
            {may('manage') && (
              <button type="button" class="button" onClick={() => open('remove')}>
                Remove all{isFiltered && ' of these'} …
              </button>
            )}
          </div>
        )}
      </div>
      <FilterBar
        filter={filter}
        choose={({ states: _states, ...rest }, typed) => choose(rest, typed)}
        queues={known.filter((one) => one.dead + one.quarantined > 0).map(({ queue }) => queue)}
      />
      <BulkTasks />
      <Answer of={dead} what="dead jobs">
        {({ jobs, cut }) => <Groups jobs={jobs} cut={cut} filter={filter} open={open} />}
      </Answer>
      {bulk !== undefined && (
        <BulkDialog
          {...bulk}
          close={() => {
            setBulk(undefined)
            void dead.refresh()
          }}
        />
      )}
    </>
  )
}

interface GroupsProps {
  jobs: readonly JobView[]
  cut: readonly string[]
  filter: ListFilter
  open: (action: JobAction, more?: ListFilter) => void
}

function Groups({ jobs, cut, filter, open }: GroupsProps) {
  if (jobs.length === 0) return <NoneDead isFiltered={Object.keys(filter).length > 0} />
  const groups = failureGroups(jobs)
  return (
    <section class="panel" aria-labelledby="failures">
      <div class="head">
        <h2 id="failures">{plural(groups.length, 'kind')} of failure</h2>
        <span class="faint">
          {cut.length > 0 ? `among the newest ${count(jobs.length)}` : `of ${plural(jobs.length, 'job')}`} ·{' '}
          <Link href={jobsHref({ ...filter, states: [...deadStates] })}>each of them</Link>
        </span>
      </div>
      <ol class="failures">
        {groups.map((group) => (
          <FailureRow key={group.key} group={group} isCut={isCut(group, cut)} filter={filter} open={open} />
        ))}
      </ol>
    </section>
  )
}

function NoneDead({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No dead job is like that.">Clear the filter to see the others.</Empty>
  return (
    <Empty title="No job is dead.">
      A job comes here when all its attempts have failed, or when it kills its worker.
    </Empty>
  )
}

/** In the URL, as that of the list of jobs; its states are given. */
function useDeadFilter(): [ListFilter, (filter: ListFilter, typed?: boolean) => void] {
  const search = useSearch()
  const [, navigate] = useLocation()
  const { states: _states, ...filter } = filterFromQuery(new URLSearchParams(search))
  return [
    filter,
    (chosen, typed = false) => {
      const query = filterQuery(chosen)
      navigate(query === '' ? '/dead' : `/dead?${query}`, { replace: typed })
    },
  ]
}
