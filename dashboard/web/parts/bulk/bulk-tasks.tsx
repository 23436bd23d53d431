import { useState } from 'preact/hooks'
import type { BulkTaskView } from '../../../../src/client.ts'
import { filterText } from '../../../model/filter-text.ts'
import { count, plural } from '../../../model/format.ts'
import { outcomeWords } from '../../../model/outcome-words.ts'
import { api } from '../../data/api.ts'
import { addBulk, bulkTasks, useBulkTasks } from '../../data/bulk.ts'
import { may } from '../../data/session.ts'
import { Badge, type BadgeTone } from '../badge.tsx'
import { Meter } from '../meter.tsx'
import { Time } from '../time.tsx'
import { act } from '../toast.tsx'

/** One has seen what ended longer ago. */
const shownMs = 3_600_000
const shownMax = 4

/** Bulk actions that are under way, and those of the last hour; `moving`: only the former. */
export function BulkTasks({ moving = false }: { moving?: boolean }) {
  useBulkTasks()
  const [all, showAll] = useState(false)
  const recent = bulkTasks.value.filter(
    ({ state, endedAt, startedAt }) =>
      state === 'running' || (!moving && Date.now() - Date.parse(endedAt ?? startedAt) < shownMs),
  )
  if (recent.length === 0) return null
  const shown = all ? recent : recent.slice(0, shownMax)
  return (
    <section class="panel" aria-labelledby="bulk">
      <h2 id="bulk">Bulk actions</h2>
      <ul class="bulk-tasks">
        {shown.map((task) => (
          <Task key={task.id} task={task} />
        ))}
      </ul>
      {recent.length > shown.length && (
        <button type="button" class="link-button" onClick={() => showAll(true)}>
          {count(recent.length - shown.length)} more of the last hour
        </button>
      )}
    </section>
  )
}

const verbs = { retry: 'Retry', cancel: 'Cancel', remove: 'Remove' } as const
const tones: Record<BulkTaskView['state'], BadgeTone> = {
  running: 'blue',
  done: 'blue',
  cancelled: 'grey',
  failed: 'red',
  interrupted: 'amber',
}

function Task({ task }: { task: BulkTaskView }) {
  const { action, filter, state, by, startedAt, endedAt } = task
  return (
    <li class="bulk-task">
      <div class="bulk-line">
        <strong>{verbs[action]}</strong>
        <Badge tone={tones[state]}>{state === 'cancelled' ? 'stopped' : state}</Badge>
        <code class="bulk-filter">{filterText(filter)}</code>
        <span class="faint bulk-by">
          {by}, <Time at={endedAt ?? startedAt} />
        </span>
      </div>
      {state === 'running' ? <Running task={task} /> : <Ended task={task} />}
    </li>
  )
}

function Running({ task: { id, action, filter, acted, expected, ratePerSecond } }: { task: BulkTaskView }) {
  const share = expected === undefined || expected === 0 ? undefined : acted / expected
  const stop = () => act(async () => addBulk(await api.bulk.cancel(id)), 'It stops. What it has done stays done.')
  return (
    <div class="bulk-line">
      <Meter share={share} label={`${verbs[action]} ${filterText(filter)}`} />
      <span class="number">
        {count(acted)}
        {expected !== undefined && ` of ${count(Math.max(expected, acted))}`}
      </span>
      {ratePerSecond !== undefined && <span class="faint">{count(ratePerSecond)}/s at most</span>}
      {may('act') && (
        <button type="button" class="button button-small" onClick={() => void stop()}>
          Stop
        </button>
      )}
    </div>
  )
}

function Ended({ task: { action, state, acted, expected, outcomes, error } }: { task: BulkTaskView }) {
  const left = (expected ?? 0) - acted
  return (
    <p class="faint">
      {outcomeWords(action, outcomes).text}
      {state === 'interrupted' &&
        ' The process that did it has ended. What was done stays done: the same again does the rest.'}
      {state === 'cancelled' && left > 0 && ` ${plural(left, 'job')} stayed as they were.`}
      {error !== undefined && ` ${error.detail}`}
    </p>
  )
}
