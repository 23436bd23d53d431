import type { EventLine } from '../../model/event-line.ts'
import { count, timeOfDay } from '../../model/format.ts'
import { matches } from '../../model/rows.ts'
import { say, type Tone } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf } from '../view.ts'
import type { World } from '../world.ts'
import { outside } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

const tones: Record<EventLine['level'], Tone> = { plain: 'dim', watch: 'orange', human: 'red' }

const columns: Column<EventLine>[] = [
  { title: 'UTC', width: 8, keep: 9, cell: ({ atMs }) => say(timeOfDay(atMs), 'dim') },
  {
    title: 'event',
    width: 17,
    keep: 8,
    cell: ({ event, level }) => say(event, tones[level]),
  },
  { title: 'queue', width: { least: 8, grow: 1, most: 18 }, keep: 3, cell: ({ queue }) => say(queue ?? '', 'dim') },
  { title: 'what', width: { least: 70, grow: 8 }, keep: 9, cell: ({ text }) => outside(text) },
]

/** What happens, as it happens; enter leads to the job. */
export function logsPanel(world: World): PanelContent {
  const { log } = world
  return content(world, {
    panel: 'logs',
    title: 'LOG',
    total: 'unknown',
    ...(log.dropped > 0 && {
      more: ` ${world.glyphs.dot} ${count(log.dropped)} events, most of them successes, were too many to be told`,
    }),
    ...(log.error !== undefined && { looked: { error: log.error } }),
    empty: 'Nothing yet. Failures, alerts and what workers do appear here as they happen; what ends well does not.',
    rows: log.lines.filter(({ text, event, queue, job }) => matches(filterOf(world.view), [text, event, queue, job])),
    key: ({ atMs, event, job, text }) => `${atMs} ${event} ${job ?? ''} ${text}`,
    target: ({ job, queue }) =>
      job === undefined ? undefined : { is: 'job', id: job, kind: 'ended', queue: queue ?? '' },
    columns,
  })
}
