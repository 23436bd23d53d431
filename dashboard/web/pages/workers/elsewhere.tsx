import type { WorkerView } from '../../../../src/client.ts'
import { duration } from '../../../model/format.ts'
import { shortPlace } from '../../../model/health.ts'
import { api } from '../../data/api.ts'
import { nowMs } from '../../data/clock.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../../parts/answer.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Count } from '../../parts/numbers.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Since, Time } from '../../parts/time.tsx'
import { hostOf } from './worker-card.tsx'

/** What a worker's guardian thread says of its event loop. */
interface Health {
  loop?: 'turns' | 'blocked'
  blockedMs?: number
  job?: { name?: string }
  at?: string
}

/** The sessions of the store that are none of this machine's processes. */
export function Elsewhere({ here }: { here: readonly string[] }) {
  const workers = useResource(() => api.workers.list(), ['workers'], { everyMs: 2_000, on: ['process'] })
  const others = (workers.state.value.value ?? []).filter(({ session }) => !here.includes(session))
  if (workers.state.value.error === undefined && others.length === 0) return null
  return (
    <section class="panel" aria-labelledby="elsewhere">
      <header class="head">
        <h2 id="elsewhere">On other machines</h2>
      </header>
      <Answer of={workers} what="workers">
        {() => (
          <Table
            label="Workers on other machines"
            columns={columns}
            rows={others}
            keyOf={({ session }) => session}
            empty={null}
            toneOf={(worker) => (isBlocked(worker) || isLapsed(worker) ? 'red' : undefined)}
          />
        )}
      </Answer>
    </section>
  )
}

const columns: readonly Column<WorkerView>[] = [
  {
    key: 'host',
    title: 'Host',
    cell: ({ session }) => <span title={session}>{hostOf(session)}</span>,
    by: ({ session }) => session,
  },
  { key: 'pid', title: 'Pid', number: true, cell: ({ session }) => session.split(':').at(-2) },
  {
    key: 'version',
    title: 'Version',
    without: 'phone',
    cell: ({ about }) => (about as { version?: string } | undefined)?.version ?? '–',
  },
  {
    key: 'held',
    title: 'Holds',
    hint: 'Jobs on loan.',
    number: true,
    cell: ({ held }) => <Count value={held} tone="blue" />,
    by: ({ held }) => held,
  },
  { key: 'up', title: 'Up', number: true, without: 'phone', cell: ({ openedAt }) => <Since at={openedAt} /> },
  { key: 'loop', title: 'Event loop', cell: (worker) => <Loop worker={worker} /> },
]

function Loop({ worker }: { worker: WorkerView }) {
  if (isLapsed(worker)) {
    return (
      <span class="red">
        gone: its lease ended <Time at={worker.leaseUntil} />
      </span>
    )
  }
  const { loop, blockedMs, job, at } = healthOf(worker)
  if (loop !== 'blocked') return <Badge>{loop ?? 'not told'}</Badge>
  return (
    <span class="red">
      blocked for {duration(blockedMs)}
      {job?.name !== undefined && ` by ${job.name}`}
      {at !== undefined && (
        <>
          {' '}
          at <code>{shortPlace(at)}</code>
        </>
      )}
    </span>
  )
}

function healthOf({ health }: WorkerView): Health {
  return (health ?? {}) as Health
}

function isBlocked(worker: WorkerView): boolean {
  return healthOf(worker).loop === 'blocked'
}

function isLapsed({ leaseUntil }: WorkerView): boolean {
  return Date.parse(leaseUntil) < nowMs.value
}
