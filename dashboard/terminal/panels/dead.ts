import type { JobRecord } from '../../../src/contract/job.ts'
import { age } from '../../model/format.ts'
import { deadCount } from '../../model/health.ts'
import { deadRows } from '../../model/rows.ts'
import { say } from '../line.ts'
import type { Column } from '../table.ts'
import { orderOf, type World } from '../view.ts'
import { outside, shortId } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

export function deadPanel(world: World): PanelContent {
  const { snapshot, dead, view, glyphs } = world
  const columns: Column<JobRecord>[] = [
    { title: 'job', width: { least: 14, grow: 1, most: 24 }, keep: 9, cell: ({ job }) => say(job.name) },
    {
      title: 'died',
      align: 'right',
      width: 4,
      keep: 6,
      cell: ({ settledAtMs }) => say(settledAtMs === undefined ? '' : age(snapshot.atMs - settledAtMs), 'dim'),
    },
    { title: 'try', align: 'right', width: 3, keep: 4, cell: ({ attempts }) => say(String(attempts), 'text') },
    { title: 'group', width: { least: 8, grow: 1, most: 20 }, keep: 5, cell: ({ job }) => say(job.group ?? '', 'dim') },
    {
      title: 'error',
      width: { least: 16, grow: 4 },
      keep: 8,
      cell: ({ state, error }) => [say(state === 'quarantined' ? 'quarantined ' : '', 'red'), outside(error ?? '')],
    },
    { title: 'id', width: 13, keep: 2, cell: ({ job }) => say(shortId(job.id, glyphs.mark), 'faint') },
  ]
  return content(world, {
    panel: 'dead',
    title: 'DEAD',
    total: Math.max(deadCount(snapshot), dead?.length ?? 0),
    empty: dead === undefined ? 'asking the store' : 'no dead job: nothing waits for you here',
    rows: deadRows(dead ?? [], view.filter, orderOf(view, 'dead')),
    key: ({ job }) => job.id,
    job: ({ job }) => ({ id: job.id, kind: 'dead' }),
    columns,
  })
}
