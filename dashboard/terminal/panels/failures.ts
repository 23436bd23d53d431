import type { FailureRow } from '../../../src/contract/dashboard.ts'
import { age } from '../../model/format.ts'
import { failureRows } from '../../model/rows.ts'
import { say, type Tone } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { outside } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

const tones: Record<FailureRow['outcome'], Tone> = {
  dead: 'red',
  quarantined: 'red',
  stuck: 'orange',
  blocked: 'orange',
  retry: 'dim',
  cancelled: 'dim',
}

const words: Record<FailureRow['outcome'], string> = {
  dead: 'dead',
  quarantined: 'quarantine',
  stuck: 'stuck',
  blocked: 'blocked',
  retry: 'retries',
  cancelled: 'cancelled',
}

export function failuresPanel(world: World): PanelContent {
  const { snapshot, view } = world
  const columns: Column<FailureRow>[] = [
    { title: 'job', width: { least: 18, grow: 1, most: 24 }, keep: 9, cell: (row) => say(row.name) },
    { title: 'ago', align: 'right', width: 3, keep: 6, cell: (row) => say(age(snapshot.atMs - row.atMs), 'dim') },
    {
      title: 'try',
      align: 'right',
      width: 3,
      keep: 4,
      cell: (row) => say(String(row.attempt), row.attempt > 1 ? 'text' : 'faint'),
    },
    { title: 'outcome', width: 10, keep: 7, cell: (row) => say(words[row.outcome], tones[row.outcome]) },
    { title: 'error', width: { least: 16, grow: 4 }, keep: 8, cell: (row) => outside(row.error) },
  ]
  return content(world, {
    panel: 'failures',
    title: 'RECENT FAILURES',
    total: 'unknown',
    empty: 'Nothing has failed lately.',
    rows: failureRows(snapshot, filterOf(view), orderOf(view, 'failures')),
    key: (row) => `${row.id}\0${row.attempt}\0${row.outcome}`,
    target: ({ id, queue, outcome }) => ({
      is: 'job',
      id,
      queue,
      kind: outcome === 'retry' || outcome === 'stuck' || outcome === 'blocked' ? 'waiting' : 'ended',
    }),
    columns,
  })
}
