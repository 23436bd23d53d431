import { Link } from 'wouter-preact'
import type { JobState } from '../../../../src/contract/job.ts'
import type { ScheduleView } from '../../../../src/client.ts'
import { cronWords, everyWords } from '../../../model/cron-words.ts'
import { may } from '../../data/session.ts'
import { Badge, StateBadge } from '../../parts/badge.tsx'
import type { Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { ScheduleActions } from './schedule-actions.tsx'

interface Doing {
  /** States of jobs, by their ids. */
  outcomes: ReadonlyMap<string, string>
  changed: () => Promise<void>
  edit: (schedule: ScheduleView) => void
}

export function columnsFor({ outcomes, changed, edit }: Doing): Column<ScheduleView>[] {
  return [
    {
      key: 'id',
      title: 'Schedule',
      cell: ({ id, paused, name, queue }) => (
        <>
          <b>{id}</b> {paused && <Badge tone="amber">paused</Badge>}
          <div class="faint">
            {name} in <Link href={`/queues/${encodeURIComponent(queue)}`}>{queue}</Link>
          </div>
        </>
      ),
      by: ({ id }) => id,
    },
    { key: 'when', title: 'When', cell: (schedule) => <When schedule={schedule} /> },
    {
      key: 'next',
      title: 'Next run',
      cell: ({ nextAt, paused }) => (paused ? <span class="faint">not while paused</span> : <Time at={nextAt} />),
      by: ({ nextAt, paused }) => (nextAt === undefined || paused ? undefined : Date.parse(nextAt)),
    },
    {
      key: 'last',
      title: 'Last run',
      cell: ({ lastAt, lastId }) => (
        <Last lastAt={lastAt} lastId={lastId} state={lastId === undefined ? undefined : outcomes.get(lastId)} />
      ),
      by: ({ lastAt }) => (lastAt === undefined ? undefined : Date.parse(lastAt)),
    },
    ...(may('act')
      ? [
          {
            key: 'do',
            title: '',
            number: true,
            cell: (schedule: ScheduleView) => <ScheduleActions schedule={schedule} changed={changed} edit={edit} />,
          },
        ]
      : []),
  ]
}

function When({ schedule: { cron, timeZone, everyMs, overlap } }: { schedule: ScheduleView }) {
  const words = cron === undefined ? everyWords(everyMs ?? 0) : cronWords(cron)
  return (
    <>
      {words === undefined ? <code>{cron}</code> : <span title={cron}>{words}</span>}
      <div class="faint">
        {cron !== undefined && (timeZone ?? 'UTC')}
        {words !== undefined && cron !== undefined && (
          <>
            {' · '}
            <code>{cron}</code>
          </>
        )}
        {overlap === 'skip' && `${cron === undefined ? '' : ' · '}not while the last one runs`}
      </div>
    </>
  )
}

function Last({
  lastAt,
  lastId,
  state,
}: {
  lastAt: string | undefined
  lastId: string | undefined
  state: string | undefined
}) {
  if (lastAt === undefined) return <span class="faint">has not run yet</span>
  return (
    <>
      <Time at={lastAt} />{' '}
      {lastId !== undefined && state !== undefined && (
        <Link href={`/jobs/${encodeURIComponent(lastId)}`}>
          <StateBadge state={state as JobState} />
        </Link>
      )}
    </>
  )
}
