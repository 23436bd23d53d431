import { age } from '../../model/format.ts'
import { queueRows, type QueueRow } from '../../model/rows.ts'
import { say } from '../line.ts'
import type { Column } from '../table.ts'
import { orderOf, type World } from '../view.ts'
import { number, speed } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

const blockedColumn: Column<QueueRow> = {
  title: 'blocked',
  align: 'right',
  width: 7,
  keep: 2,
  cell: (row) => number(row.blocked),
}

const late = 60_000

export function queuesPanel(world: World): PanelContent {
  const { snapshot, history, view, glyphs } = world
  const columns: Column<QueueRow>[] = [
    {
      title: 'queue',
      width: { least: 14, grow: 1, most: 60 },
      keep: 9,
      cell: (row) =>
        row.paused
          ? [say(`${glyphs.paused} `, 'orange'), say(row.queue, 'orange'), say(' paused', 'orange')]
          : say(row.queue),
    },
    { title: 'ready', align: 'right', width: 7, keep: 9, cell: (row) => number(row.ready) },
    { title: 'delayed', align: 'right', width: 7, keep: 5, cell: (row) => number(row.delayed) },
    { title: 'running', align: 'right', width: 7, keep: 8, cell: (row) => number(row.running, 'blue') },
    { title: 'dead', align: 'right', width: 6, keep: 7, cell: (row) => number(row.dead + row.quarantined, 'red') },
    { title: 'rate', align: 'right', width: 7, keep: 6, cell: (row) => speed(row.perS) },
    {
      title: 'oldest',
      align: 'right',
      width: 6,
      keep: 4,
      cell: ({ oldestReadyMs }) =>
        say(age(oldestReadyMs), oldestReadyMs === undefined ? 'faint' : oldestReadyMs > late ? 'orange' : 'text'),
    },
    ...(snapshot.queues.some(({ blocked }) => blocked > 0) ? [blockedColumn] : []),
    { title: 'kept', align: 'right', width: 7, keep: 1, cell: (row) => number(row.done) },
  ]
  return content(world, {
    panel: 'queues',
    title: 'QUEUES',
    empty: 'no queue yet: the first enqueue makes one',
    rows: queueRows(snapshot, history, view.filter, orderOf(view, 'queues')),
    key: (row) => row.queue,
    columns,
  })
}
