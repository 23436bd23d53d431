import type { JobView } from '../../../src/client.ts'
import { age } from '../../model/format.ts'
import { jobRows } from '../../model/rows.ts'
import { say, type Tone } from '../line.ts'
import type { Column } from '../table.ts'
import { orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { outside, shortId } from './cells.ts'
import { content, type PanelContent, type Target } from './panel.ts'

export const stateTones: Record<JobView['state'], Tone> = {
  blocked: 'dim',
  ready: 'text',
  delayed: 'text',
  running: 'blue',
  done: 'blue',
  dead: 'red',
  cancelled: 'orange',
  quarantined: 'red',
}

/** What keys may do with it. */
export function jobTarget({ id, state, queue, group }: JobView): Target & { is: 'job' } {
  const kind = state === 'running' ? 'running' : ['blocked', 'ready', 'delayed'].includes(state) ? 'waiting' : 'ended'
  return { is: 'job', id, kind, queue, group }
}

/** When its state began, as far as is told. */
function sinceMs({ settledAt, startedAt, enqueuedAt }: JobView): number {
  return Date.parse(settledAt ?? startedAt ?? enqueuedAt)
}

export function jobsPanel(world: World): PanelContent {
  const { snapshot, data, view, glyphs } = world
  // What a running job does just now is known to its worker only.
  const running = new Map(snapshot.slowest.map((row) => [row.id, row]))
  const columns: Column<JobView>[] = [
    { title: 'job', width: { least: 14, grow: 1, most: 28 }, keep: 9, cell: ({ name }) => say(name) },
    { title: 'state', width: 11, keep: 8, cell: ({ state }) => say(state, stateTones[state]) },
    {
      title: 'since',
      align: 'right',
      width: 5,
      keep: 7,
      cell: (job) => say(age(snapshot.atMs - sinceMs(job)), 'dim'),
    },
    {
      title: 'try',
      align: 'right',
      width: 3,
      keep: 5,
      cell: ({ attempts }) => say(String(attempts), attempts > 1 ? 'text' : 'faint'),
    },
    { title: 'queue', width: { least: 8, grow: 1, most: 14 }, keep: 3, cell: ({ queue }) => say(queue, 'dim') },
    { title: 'group', width: { least: 8, grow: 1, most: 16 }, keep: 4, cell: ({ group }) => say(group ?? '', 'dim') },
    {
      title: 'what',
      width: { least: 12, grow: 4 },
      keep: 6,
      cell: (job) => {
        const { progress, doing } = running.get(job.id) ?? {}
        const now = [progress, doing].filter(Boolean).join(` ${glyphs.dot} `)
        return outside(now === '' ? firstLine(job.error) : now, 'dim')
      },
    },
    { title: 'id', width: 13, keep: 2, cell: ({ id }) => say(shortId(id, glyphs.mark), 'faint') },
  ]
  const { value } = data.jobs
  const rows = jobRows(value?.jobs ?? [], orderOf(view, 'jobs'))
  return content(world, {
    panel: 'jobs',
    title: 'JOBS',
    ...(value?.cursor != null && { more: ', the newest; / narrows them down' }),
    looked: data.jobs,
    empty: 'No job yet: none was enqueued, or none was kept.',
    rows,
    key: ({ id }) => id,
    target: jobTarget,
    columns,
  })
}

export function firstLine(error: string | undefined): string {
  return error?.split('\n', 1)[0] ?? ''
}
