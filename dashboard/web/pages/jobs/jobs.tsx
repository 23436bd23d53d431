import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { Filter } from '../../../../src/client.ts'
import { count, plural } from '../../../model/format.ts'
import type { ListFilter } from '../../../model/filter-text.ts'
import { api } from '../../data/api.ts'
import { JobsFeed } from '../../data/jobs-feed.ts'
import { useResource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { BulkTasks } from '../../parts/bulk/bulk-tasks.tsx'
import { Empty, ErrorNote, Loading } from '../../parts/notes.tsx'
import { Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useKeys } from '../../shell/keys.ts'
import { AllOfThese } from './all-of-these.tsx'
import { jobColumns } from './columns.tsx'
import { FilterBar } from './filter-bar.tsx'
import { jobHref, useFilter } from './filter-state.ts'
import { SelectedBar } from './selected-bar.tsx'
import { type Selection, useSelection } from './selection.ts'
import { StateTabs } from './state-tabs.tsx'

/** Jobs, newest first, by a filter that stands in the URL. */
export function Jobs() {
  const [filter, choose] = useFilter()
  const queues = useResource(() => api.queues.list(), ['queues'], { everyMs: 5_000, on: ['queue.depth'] })
  const known = queues.state.value.value
  return (
    <>
      <div class="head">
        <h1>Jobs</h1>
        <div class="head-end">
          <AllOfThese filter={filter} />
          {may('submit') && (
            <Link href="/submit" class="button">
              Submit a job
            </Link>
          )}
        </div>
      </div>
      <StateTabs filter={filter} queues={known} />
      <FilterBar filter={filter} choose={choose} queues={(known ?? []).map(({ queue }) => queue)} />
      <BulkTasks moving />
      <JobsList key={JSON.stringify(filter)} filter={filter} choose={choose} />
    </>
  )
}

const topPx = 40

function JobsList({ filter, choose }: { filter: ListFilter; choose: (filter: ListFilter) => void }) {
  const feed = useMemo(() => new JobsFeed(filter as Filter), [])
  useEffect(() => {
    feed.start()
    return () => feed.stop()
  }, [feed])
  const { rows, gone, isLoading, hasMore, error } = feed.state.value
  const selection = useSelection(rows)
  const mayAct = may('act')
  useKeys(mayAct ? [{ keys: 'x', does: 'select the row', run: () => toggleFocused(selection) }] : [])
  const rowPx = useRowPx()
  const seen = useCallback(
    (first: number, last: number) => feed.look(first, last, scrollY < topPx && selectionIsEmpty()),
    [feed],
  )
  const columns = jobColumns({ filter, choose, ...(mayAct && { selection }) })
  if (error !== undefined && rows.length === 0) return <ErrorNote error={error} retry={() => feed.more()} />
  return (
    <>
      <NewPill feed={feed} />
      {error !== undefined && <ErrorNote error={error} retry={() => feed.more()} />}
      {rows.length === 0 && isLoading ? (
        <Loading what="jobs" />
      ) : (
        <Table
          label="Jobs"
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          href={({ id }) => jobHref(id)}
          toneOf={({ id }) => (selection.has(id) ? 'marked' : gone.has(id) ? 'faint' : undefined)}
          rowPx={rowPx}
          onSeen={seen}
          empty={hasMore ? null : <NoJobs filter={filter} />}
        />
      )}
      <ListEnd feed={feed} />
      {mayAct && <SelectedBar selection={selection} done={() => void feed.refresh()} />}
    </>
  )
}

function NewPill({ feed }: { feed: JobsFeed }) {
  const { length } = feed.state.value.fresh
  if (length === 0) return null
  const show = () => {
    feed.show()
    scrollTo({ top: 0 })
  }
  return (
    <button type="button" class="pill" onClick={show}>
      ↑ {length >= 100 ? '100+' : count(length)} new
    </button>
  )
}

/** How far one has read, and whether there is more. */
function ListEnd({ feed }: { feed: JobsFeed }) {
  const { rows, isLoading, hasMore, read, readTo } = feed.state.value
  return (
    <p class="list-end faint" role="status">
      {read > 0 && (
        <>
          Searched {plural(read, 'job')}
          {readTo !== undefined && (
            <>
              , back to <Time at={readTo} />
            </>
          )}
          .{' '}
        </>
      )}
      {isLoading
        ? 'Reading on …'
        : hasMore
          ? more(feed)
          : rows.length > 0 && `${plural(rows.length, 'job')}: these are all.`}
    </p>
  )
}

function more(feed: JobsFeed) {
  return (
    <button type="button" class="link-button" onClick={() => feed.more()}>
      Read on
    </button>
  )
}

function toggleFocused(selection: Selection): void {
  const id = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']
  if (id !== undefined) selection.toggle(id, false)
}

/** What one has chosen must not slip away. */
function selectionIsEmpty(): boolean {
  return document.querySelector('.selected-bar') === null
}

function NoJobs({ filter }: { filter: ListFilter }) {
  if (Object.keys(filter).length === 0)
    return (
      <Empty title="There is no job yet.">
        {may('submit') ? <Link href="/submit">Submit one</Link> : 'One appears as soon as it is enqueued'}, here or from
        a program.
      </Empty>
    )
  return <Empty title="No job is like that.">Jobs that are done are kept for a while only, an hour by default.</Empty>
}

const phone = matchMedia('(max-width: 700px)')

/** Two lines on a phone, one elsewhere. */
function useRowPx(): number {
  const [isPhone, setPhone] = useState(phone.matches)
  useEffect(() => {
    const hear = () => setPhone(phone.matches)
    phone.addEventListener('change', hear)
    return () => phone.removeEventListener('change', hear)
  }, [])
  return isPhone ? 54 : 34
}
