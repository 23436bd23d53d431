import { definitionKey } from '../../model/history.ts'
import { definitionRows, type SpeedRow } from '../../model/rows.ts'
import { say } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { number, percentile, speed } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

const columns: Column<SpeedRow>[] = [
  { title: 'job', width: { least: 16, grow: 2, most: 32 }, keep: 9, cell: (row) => say(row.name) },
  { title: 'queue', width: { least: 8, grow: 1, most: 20 }, keep: 1, cell: (row) => say(row.queue, 'dim') },
  { title: 'running', align: 'right', width: 7, keep: 8, cell: (row) => number(row.running, 'blue') },
  { title: 'done', align: 'right', width: 7, keep: 4, cell: (row) => number(row.done) },
  { title: 'retried', align: 'right', width: 7, keep: 3, cell: (row) => number(row.retried) },
  { title: 'dead', align: 'right', width: 6, keep: 7, cell: (row) => number(row.dead, 'red') },
  { title: 'zombies', align: 'right', width: 7, keep: 1, cell: (row) => number(row.zombies ?? 0, 'orange') },
  { title: 'rate', align: 'right', width: 7, keep: 5, cell: (row) => speed(row.perS) },
  { title: 'p50', align: 'right', width: 7, keep: 6, cell: (row) => percentile(row.runMs, 'p50') },
  { title: 'p90', align: 'right', width: 7, keep: 0, cell: (row) => percentile(row.runMs, 'p90') },
  { title: 'p99', align: 'right', width: 7, keep: 7, cell: (row) => percentile(row.runMs, 'p99') },
  { title: 'max', align: 'right', width: 7, keep: 2, cell: (row) => percentile(row.runMs, 'max') },
]

export function definitionsPanel(world: World): PanelContent {
  const { snapshot, history, view } = world
  return content(world, {
    panel: 'definitions',
    title: 'DEFINITIONS',
    empty: 'No job has run yet.',
    rows: definitionRows(snapshot, history, filterOf(view), orderOf(view, 'definitions')),
    key: definitionKey,
    columns,
  })
}
