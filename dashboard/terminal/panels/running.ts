import type { RunningRow } from '../../../src/contract/dashboard.ts'
import { runningRows } from '../../model/rows.ts'
import { say } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { outside, time } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

const slowMs = 30_000

export function runningPanel(world: World): PanelContent {
  const { snapshot, view, glyphs } = world
  const columns: Column<RunningRow>[] = [
    { title: 'job', width: { least: 16, grow: 1, most: 28 }, keep: 9, cell: (row) => say(row.name) },
    {
      title: 'for',
      align: 'right',
      width: 7,
      keep: 9,
      cell: (row) => time(row.elapsedMs, row.elapsedMs > slowMs ? 'orange' : 'text'),
    },
    {
      title: 'try',
      align: 'right',
      width: 3,
      keep: 5,
      cell: (row) => say(String(row.attempt), row.attempt > 1 ? 'text' : 'faint'),
    },
    { title: 'group', width: { least: 8, grow: 1, most: 20 }, keep: 6, cell: (row) => say(row.group ?? '', 'dim') },
    {
      title: 'doing',
      width: { least: 12, grow: 3 },
      keep: 7,
      cell: (row) => outside([row.progress, row.doing].filter(Boolean).join(` ${glyphs.dot} `), 'dim'),
    },
  ]
  return content(world, {
    panel: 'running',
    title: 'SLOWEST RUNNING',
    total: snapshot.fibers.running,
    empty: 'Nothing runs.',
    rows: runningRows(snapshot, filterOf(view), orderOf(view, 'running')),
    key: (row) => row.id,
    target: ({ id, queue, group }) => ({ is: 'job', id, kind: 'running', queue, group }),
    columns,
  })
}
