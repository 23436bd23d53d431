import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import type { GroupView, LimitSettingsView, LimitsView } from '../../../../src/client.ts'
import { type Gauge, gaugesOf, groupHold, type Hold } from '../../../model/limit-left.ts'
import { limitWords } from '../../../model/limit-words.ts'
import { matches } from '../../../model/rows.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { may } from '../../data/session.ts'
import { Answer } from '../../parts/answer.tsx'
import { Empty } from '../../parts/notes.tsx'
import { depthColumns } from '../../parts/depth-columns.tsx'
import { Gauges } from '../../parts/gauges.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { act } from '../../parts/toast.tsx'
import { GroupActions } from './group-actions.tsx'
import { GroupHold } from './group-hold.tsx'
import { LimitsDialog } from './limits-dialog.tsx'

const asked = 500

interface Row extends GroupView {
  own: LimitSettingsView
  hold: Hold | undefined
  /** What its limits leave. */
  gauges: Gauge[]
  /** When a pause of its own ends. */
  until?: string
}

/** The groups of one queue: what they have, what holds them back, what may be done. */
export function GroupsTable({ queue, search }: { queue: string; search: string }) {
  const groups = useResource(() => api.queues.groups(queue, asked), ['groups', queue], { everyMs: 2_000 })
  const limits = useResource(() => api.queues.limits(queue), ['limits', queue], { everyMs: 2_000 })
  const [changing, setChanging] = useState<string>()
  const changed = () => Promise.all([groups.refresh(), limits.refresh()])
  const now = limits.state.value.value
  return (
    <section class="panel" aria-label={`Groups of ${queue}`}>
      <p class="faint">
        <Link href={`/queues/${encodeURIComponent(queue)}`}>{queue}</Link>: each group{' '}
        {wordsOf(now?.groups as LimitSettingsView | undefined)}
        <WholeQueue limits={now} />
      </p>
      <Answer of={groups} what="groups">
        {(found) => (
          <Table
            stacked
            label={`Groups of ${queue}`}
            columns={columnsFor({ queue, changed, change: setChanging, atMs: groups.state.value.atMs ?? 0 })}
            rows={rowsOf(found, now).filter(({ group, held }) => matches(search, [group, held]))}
            keyOf={({ group = '' }) => group}
            sorted={{ key: 'ready', reverse: false }}
            empty={
              found.length === 0 ? (
                <Empty title="No group has a job waiting or running.">
                  A group is a tenant, a host: what a job says with `group`.
                </Empty>
              ) : (
                <Empty title={`No group contains "${search}".`} />
              )
            }
          />
        )}
      </Answer>
      {changing !== undefined && (
        <LimitsDialog
          title={`Limits of ${changing}`}
          scope="group"
          settings={(now?.group[changing] ?? {}) as LimitSettingsView}
          close={() => setChanging(undefined)}
          save={async (settings) => {
            const went = await act(
              () => api.queues.setLimits(queue, { group: changing }, settings),
              `The limits of ${changing} are set, and hold at once.`,
            )
            await changed()
            return went
          }}
        />
      )}
    </section>
  )
}

/** Those that were paused or have limits of their own are there too, when they have no job. */
function rowsOf(found: readonly GroupView[], limits: LimitsView | undefined): Row[] {
  const rows = new Map<string | undefined, GroupView>(found.map((group) => [group.group, group]))
  for (const group of [...Object.keys(limits?.group ?? {}), ...(limits?.frozen ?? []).map((one) => one.group)]) {
    if (group !== undefined && !rows.has(group)) rows.set(group, { group, ready: 0, running: 0 })
  }
  return [...rows.values()].map((group) => {
    const own = (limits?.group[group.group ?? ''] ?? {}) as LimitSettingsView
    const frozen = limits?.frozen.find(
      (one) => one.group === group.group && group.group !== undefined && Date.parse(one.until) > Date.now(),
    )
    // What it sets itself, else what is set for all groups.
    const bound = { ...(limits?.groups as LimitSettingsView | undefined), ...own }
    return {
      ...group,
      ...(frozen !== undefined && { until: frozen.until, held: 'frozen' as const }),
      own,
      hold: groupHold(group, bound, (limits?.queue ?? {}) as LimitSettingsView),
      gauges: gaugesOf(group.left, bound, group.running),
    }
  })
}

interface Doing {
  queue: string
  changed: () => Promise<unknown>
  change: (group: string) => void
  /** When the rows were told. */
  atMs: number
}

function columnsFor({ queue, changed, change, atMs }: Doing): Column<Row>[] {
  const jobs = (group: string, state: string) => `/jobs?${new URLSearchParams({ queue, group, state }).toString()}`
  return [
    {
      key: 'group',
      title: 'Group',
      cell: ({ group }) =>
        group === undefined ? (
          <span class="faint">without a group</span>
        ) : (
          <Link href={jobs(group, 'ready,running,delayed')}>{group}</Link>
        ),
      by: ({ group }) => group ?? '',
    },
    ...depthColumns<Row>(),
    {
      key: 'held',
      title: 'Held back',
      cell: ({ hold, until, ready }) => <GroupHold hold={hold} until={until} ready={ready} atMs={atMs} />,
      by: ({ held }) => held,
    },
    {
      key: 'left',
      title: 'Left',
      hint: 'What its limits leave now: tokens, jobs of a quota, places to run in',
      cell: ({ group, gauges }) => <Gauges gauges={gauges} of={group ?? 'without a group'} />,
    },
    {
      key: 'own',
      title: 'Limits of its own',
      without: 'phone',
      cell: ({ own }) => limitWords(own).join(' · ') || <span class="faint">–</span>,
    },
    ...(may('act')
      ? [
          {
            key: 'do',
            title: '',
            number: true,
            cell: (row: Row) => <GroupActions queue={queue} row={row} changed={changed} change={change} />,
          },
        ]
      : []),
  ]
}

/** All its groups together, where that is limited. */
function WholeQueue({ limits }: { limits: LimitsView | undefined }) {
  const words = limitWords((limits?.queue ?? {}) as LimitSettingsView)
  if (words.length === 0) return null
  return (
    <>
      . All of them together may have {words.join(', ')}{' '}
      {limits?.left !== undefined && <Gauges gauges={gaugesOf(limits.left)} of="the whole queue" />}
    </>
  )
}

function wordsOf(settings: LimitSettingsView | undefined): string {
  const words = limitWords(settings ?? {})
  return words.length === 0 ? 'has no limit' : `may have ${words.join(', ')}`
}
