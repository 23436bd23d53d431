import { useState } from 'preact/hooks'
import type { AuditView } from '../../../../src/client.ts'
import { matches } from '../../../model/rows.ts'
import { api } from '../../data/api.ts'
import { useQueryState } from '../../data/query.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../../parts/answer.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Long } from '../../parts/long.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Search } from '../../parts/search.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

const shown = 200

/** Who did what, and when. The filter stands in the URL. */
export function Audit() {
  /** Where each page that one has come through began. */
  const [cursors, setCursors] = useState<readonly string[]>([])
  const [search, setSearch] = useQueryState('q')
  const cursor = cursors.at(-1)
  const page = useResource(
    () => api.access.audit({ limit: shown, ...(cursor !== undefined && { cursor }) }),
    ['audit', cursor],
    cursor === undefined ? { everyMs: 5_000 } : {},
  )
  return (
    <>
      <header class="head">
        <h1>Audit</h1>
        <div class="head-end">
          <Search value={search} change={setSearch} label="Entries that contain" />
        </div>
      </header>
      <Answer of={page} what="the audit log">
        {({ entries, cursor: older }) => (
          <>
            <Table
              stacked
              label="What was done, newest first"
              columns={columns}
              rows={entries.filter((entry) =>
                matches(search, [
                  entry.actor,
                  entry.role,
                  entry.operation,
                  wordsFor(entry.operation),
                  entry.from,
                  entry.failed,
                  detailsOf(entry),
                ]),
              )}
              keyOf={({ id }) => id}
              empty={
                entries.length === 0 ? (
                  <Empty title="Nothing was done yet.">
                    Whatever somebody pauses, retries, limits or removes stands here for 90 days.
                  </Empty>
                ) : (
                  <Empty title={`None of these ${entries.length} entries contains "${search}".`}>
                    {older !== null && 'Older ones may.'}
                  </Empty>
                )
              }
            />
            {(older !== null || cursors.length > 0) && (
              <Pager
                {...(cursors.length > 0 && { newer: () => setCursors(cursors.slice(0, -1)) })}
                {...(older !== null && { older: () => setCursors([...cursors, older]) })}
              />
            )}
          </>
        )}
      </Answer>
    </>
  )
}

const columns: readonly Column<AuditView>[] = [
  { key: 'at', title: 'When', cell: ({ at }) => <Time at={at} /> },
  {
    key: 'who',
    title: 'Who',
    cell: ({ actor, role, from }) => (
      <>
        <b>{actor}</b>
        <div class="faint">
          {role}
          {from !== undefined && ` from ${from}`}
        </div>
      </>
    ),
  },
  {
    key: 'what',
    title: 'What',
    cell: ({ operation, failed }) => (
      <>
        {wordsFor(operation)} {failed !== undefined && <Badge tone="amber">refused</Badge>}
        {failed !== undefined && <div class="faint">{failed}</div>}
      </>
    ),
  },
  { key: 'details', title: 'On what', cell: (entry) => <Long text={detailsOf(entry)} max={160} /> },
]

/** `pauseGroup`: `pause group`. */
function wordsFor(operation: string): string {
  return operation.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function detailsOf({ details }: AuditView): string {
  return Object.entries(details)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ')
}
