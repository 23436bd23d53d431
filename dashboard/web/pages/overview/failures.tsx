import { Link } from 'wouter-preact'
import type { DeadSample } from '../../../model/dead-sample.ts'
import type { FailureGroup } from '../../../model/failure-groups.ts'
import { count, plural } from '../../../model/format.ts'
import { failureHref } from '../../../model/needs.ts'
import { api } from '../../data/api.ts'
import type { Resource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { Answer } from '../../parts/answer.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Count } from '../../parts/numbers.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { act } from '../../parts/toast.tsx'
import { Time } from '../../parts/time.tsx'

const shown = 6

interface Props {
  failures: readonly FailureGroup[]
  dead: Resource<DeadSample>
}

/** Dead jobs, by what they failed of. */
export function Failures({ failures, dead }: Props) {
  const { jobs, cut } = dead.state.value.value ?? { jobs: [], cut: [] }
  return (
    <section class="panel" aria-labelledby="overview-failures">
      <header class="head">
        <h2 id="overview-failures">Why jobs are dead</h2>
        {cut.length > 0 && <span class="faint">of the newest {count(jobs.length)}</span>}
      </header>
      <Answer of={dead} what="dead jobs">
        {() => (
          <Table
            label="Why jobs are dead"
            columns={columns}
            rows={failures.slice(0, shown)}
            keyOf={({ key }) => key}
            href={failureHref}
            empty={<Empty title="No job is dead.">One is when it has failed as often as it may, or gave up.</Empty>}
          />
        )}
      </Answer>
    </section>
  )
}

const columns: readonly Column<FailureGroup>[] = [
  { key: 'jobs', title: 'Dead', number: true, cell: ({ jobs }) => <Count value={jobs} tone="red" /> },
  {
    key: 'error',
    title: 'Error',
    cell: (row) => (
      <>
        <Link href={failureHref(row)}>{row.names.map(({ value }) => value).join(', ')}</Link>{' '}
        <span class="faint">{whose(row)}</span>
        <div class="error-line">{row.message}</div>
      </>
    ),
  },
  { key: 'do', title: '', number: true, without: 'phone', cell: (row) => <PauseTenant failure={row} /> },
  { key: 'newest', title: 'Newest', number: true, without: 'phone', cell: ({ newestAt }) => <Time at={newestAt} /> },
]

/** Where nearly all are of one group in one queue: take no more of its jobs, until somebody has looked. */
function PauseTenant({ failure: { jobs, groups, queues } }: { failure: FailureGroup }) {
  const [most] = groups
  const [queue] = queues
  if (!may('act') || most === undefined || queue === undefined || queues.length > 1 || most.jobs < jobs * 0.8)
    return null
  const pause = () =>
    act(
      () => api.queues.pauseGroup(queue.value, most.value),
      `${most.value} is paused in ${queue.value}, until it is resumed.`,
    )
  return (
    <button type="button" class="button button-small" onClick={() => void pause()}>
      Pause {most.value}
    </button>
  )
}

function whose({ groups: [most, ...others] }: FailureGroup): string {
  if (most === undefined) return ''
  return others.length === 0 ? `of ${most.value}` : `of ${most.value} and ${plural(others.length, 'other group')}`
}
