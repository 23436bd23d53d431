import { useState } from 'preact/hooks'
import type { AuditQuery, AuditView } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { useQueryState } from '../../data/query.ts'
import { useResource } from '../../data/resource.ts'
import { useSettled } from '../../data/settled.ts'
import { Answer } from '../../parts/answer.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Long } from '../../parts/long.tsx'
import { Empty } from '../../parts/notes.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Search } from '../../parts/search.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

const shown = 100
/** What the API takes. */
const textMax = 200

/** Who did what, and when. The filter stands in the URL, and the API looks through the whole log. */
export function Audit() {
  const [search, setSearch] = useQueryState('q')
  const [outcome, setOutcome] = useQueryState('outcome')
  const text = useSettled(search.trim())
  const query: AuditQuery = {
    ...(text !== '' && { text: text.slice(0, textMax) }),
    ...((outcome === 'done' || outcome === 'refused') && { outcome }),
  }
  return (
    <>
      <header class="head">
        <h1>Audit</h1>
        <div class="head-end">
          <select
            aria-label="Outcome"
            value={query.outcome ?? ''}
            onChange={(event) => setOutcome(event.currentTarget.value)}
          >
            <option value="">Done and refused</option>
            <option value="done">Done</option>
            <option value="refused">Refused</option>
          </select>
          <Search value={search} change={setSearch} label="Entries that contain" />
        </div>
      </header>
      <Entries key={JSON.stringify(query)} query={query} />
    </>
  )
}

function Entries({ query }: { query: AuditQuery }) {
  /** Where each page that one has come through began. */
  const [cursors, setCursors] = useState<readonly string[]>([])
  const cursor = cursors.at(-1)
  const page = useResource(
    () => api.access.audit({ ...query, limit: shown, ...(cursor !== undefined && { cursor }) }),
    ['audit', query, cursor],
    cursor === undefined ? { everyMs: 5_000 } : {},
  )
  return (
    <Answer of={page} what="the audit log">
      {({ entries, cursor: older, readTo }) => (
        <>
          <Table
            stacked
            label="What was done, newest first"
            columns={columns}
            rows={entries}
            keyOf={({ id }) => id}
            empty={
              <NoEntries isFiltered={Object.keys(query).length > 0} readTo={older === null ? undefined : readTo} />
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
  )
}

/** `readTo`: how far was looked, where there is more. */
function NoEntries({ isFiltered, readTo }: { isFiltered: boolean; readTo: string | undefined }) {
  if (!isFiltered)
    return (
      <Empty title="Nothing was done yet.">
        Whatever somebody pauses, retries, limits or removes stands here for 90 days.
      </Empty>
    )
  return (
    <Empty title="No entry is like that.">
      {readTo === undefined ? (
        'Entries are kept for 90 days.'
      ) : (
        <>
          Back to <Time at={readTo} />; older ones may be.
        </>
      )}
    </Empty>
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
