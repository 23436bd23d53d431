import { useState } from 'preact/hooks'
import { Link, useLocation, useSearch } from 'wouter-preact'
import type { Filter, JobView } from '../../../../src/client.ts'
import { failureGroups } from '../../../model/failure-groups.ts'
import { filterFromQuery, filterQuery, type ListFilter } from '../../../model/filter-text.ts'
import { count, plural } from '../../../model/format.ts'
import type { JobAction } from '../../../model/outcome-words.ts'
import { api } from '../../data/api.ts'
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

/** So many are looked at for the groups: the newest ones. */
const lookedMax = 2_000
const pageMax = 500
const deadStates = ['dead', 'quarantined'] as const

/** Jobs that wait for a decision, by what they failed of. */
export function Dead() {
  const [filter, choose] = useDeadFilter()
  const queues = useResource(() => api.queues.list(), ['queues'], { everyMs: 5_000, on: ['queue.depth'] })
  const [bulk, setBulk] = useState<{ action: JobAction; filter: Filter }>()
  const open = (action: JobAction, more: ListFilter = {}) =>
    setBulk({ action, filter: { ...filter, ...more, states: [...deadStates] } as Filter })
  const dead = useResource((signal) => newestDead(filter, signal), ['dead', filter], { everyMs: 4_000 })
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
        {({ jobs, isCut }) => <Groups jobs={jobs} isCut={isCut} filter={filter} open={open} />}
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
  isCut: boolean
  filter: ListFilter
  open: (action: JobAction, more?: ListFilter) => void
}

function Groups({ jobs, isCut, filter, open }: GroupsProps) {
  if (jobs.length === 0) return <NoneDead isFiltered={Object.keys(filter).length > 0} />
  const groups = failureGroups(jobs)
  return (
    <section class="panel" aria-labelledby="failures">
      <div class="head">
        <h2 id="failures">{plural(groups.length, 'kind')} of failure</h2>
        <span class="faint">
          {isCut ? `among the newest ${count(jobs.length)}` : `of ${plural(jobs.length, 'job')}`} ·{' '}
          <Link href={jobsHref({ ...filter, states: [...deadStates] })}>each of them</Link>
        </span>
      </div>
      <ol class="failures">
        {groups.map((group) => (
          <FailureRow key={group.key} group={group} isCut={isCut} filter={filter} open={open} />
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

async function newestDead(filter: ListFilter, signal: AbortSignal): Promise<{ jobs: JobView[]; isCut: boolean }> {
  const jobs: JobView[] = []
  const wanted = { ...filter, states: [...deadStates] } as Filter
  for await (const page of api.jobs.all(wanted, { limit: pageMax, signal })) {
    jobs.push(...page.jobs)
    if (jobs.length >= lookedMax) return { jobs, isCut: page.cursor !== null }
  }
  return { jobs, isCut: false }
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
