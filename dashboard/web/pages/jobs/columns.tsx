import { Link } from 'wouter-preact'
import type { JobView } from '../../../../src/client.ts'
import type { ListFilter } from '../../../model/filter-text.ts'
import { StateBadge } from '../../parts/badge.tsx'
import type { Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { jobHref } from './filter-state.ts'

interface Options {
  filter: ListFilter
  choose: (filter: ListFilter) => void
  /** Absent: nothing can be done to them by who looks. */
  selection?: {
    has: (id: string) => boolean
    toggle: (id: string, isRange: boolean) => void
    all: boolean
    toggleAll: () => void
  }
}

export function jobColumns({ filter, choose, selection }: Options): Column<JobView>[] {
  const narrow = (key: 'queue' | 'group' | 'name', value: string) => (
    <button
      type="button"
      class="cell-filter"
      title={`Only ${key} ${value}`}
      onClick={() => choose({ ...filter, [key]: value })}
    >
      {value}
    </button>
  )
  return [
    ...(selection === undefined ? [] : [selectColumn(selection)]),
    { key: 'state', width: 'width-state', title: 'State', cell: ({ state }) => <StateBadge state={state} /> },
    { key: 'job', title: 'Job', cell: (job) => <Which job={job} /> },
    {
      key: 'queue',
      width: 'width-queue',
      title: 'Queue',
      without: 'phone',
      cell: ({ queue }) => narrow('queue', queue),
    },
    {
      key: 'group',
      width: 'width-group',
      title: 'Group',
      without: 'phone',
      cell: ({ group }) => (group === undefined ? <span class="faint">–</span> : narrow('group', group)),
    },
    {
      key: 'attempts',
      width: 'width-attempts',
      title: 'Attempt',
      number: true,
      without: 'narrow',
      cell: ({ attempts }) => <span class={attempts > 1 ? 'amber' : attempts === 0 ? 'faint' : ''}>{attempts}</span>,
    },
    {
      key: 'when',
      width: 'width-when',
      title: 'When',
      hint: 'When it ended, began, is due, or was enqueued',
      cell: (job) => <When job={job} />,
    },
    {
      key: 'error',
      width: 'width-error',
      title: 'Error',
      without: 'phone',
      cell: ({ error, state }) =>
        error === undefined || state === 'done' ? null : (
          <span class="cell-error" title={headline(error)}>
            {headline(error)}
          </span>
        ),
    },
  ]
}

function Which({ job: { id, name, error, state } }: { job: JobView }) {
  return (
    <span class="cell-job">
      <Link href={jobHref(id)} class="cell-name">
        {name}
      </Link>{' '}
      <span class="cell-id faint" title={id}>
        {id}
      </span>
      {error !== undefined && state !== 'done' && <span class="cell-under only-phone">{headline(error)}</span>}
    </span>
  )
}

function selectColumn({ has, toggle, all, toggleAll }: NonNullable<Options['selection']>): Column<JobView> {
  return {
    key: 'select',
    width: 'width-select',
    title: <input type="checkbox" aria-label="Select all that are loaded" checked={all} onClick={toggleAll} />,
    cell: ({ id }) => (
      <label class="cell-select">
        <input
          type="checkbox"
          aria-label={`Select ${id}`}
          checked={has(id)}
          onClick={(event) => {
            event.preventDefault()
            toggle(id, event.shiftKey)
          }}
        />
      </label>
    ),
  }
}

function When({ job: { state, enqueuedAt, startedAt, settledAt, dueAt } }: { job: JobView }) {
  if (state === 'running') return <Time at={startedAt} />
  if (state === 'delayed') return <Time at={dueAt} />
  return <Time at={settledAt ?? enqueuedAt} />
}

function headline(error: string): string {
  return error.split('\n', 1)[0]!.slice(0, 300)
}
