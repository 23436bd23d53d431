import type { ScheduleView } from '../../../src/client.ts'
import { age, duration } from '../../model/format.ts'
import { matches, sorted } from '../../model/rows.ts'
import { say } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { content, type PanelContent } from './panel.ts'

export function schedulesPanel(world: World): PanelContent {
  const { data, view, snapshot, glyphs } = world
  const columns: Column<ScheduleView>[] = [
    {
      title: 'schedule',
      width: { least: 14, grow: 1, most: 32 },
      keep: 9,
      cell: ({ id, paused }) =>
        paused ? [say(`${glyphs.paused} `, 'orange'), say(id, 'orange'), say(' paused', 'orange')] : say(id),
    },
    { title: 'when', width: { least: 14, grow: 1, most: 34 }, keep: 7, cell: (row) => say(timesOf(row)) },
    {
      title: 'next',
      align: 'right',
      width: 10,
      keep: 8,
      cell: ({ nextAt, paused }) =>
        nextAt === undefined || paused
          ? say(glyphs.nothing, 'faint')
          : say(nextText(Date.parse(nextAt) - snapshot.atMs), 'text'),
    },
    {
      title: 'last',
      align: 'right',
      width: 5,
      keep: 6,
      cell: ({ lastAt }) => say(lastAt === undefined ? '' : age(snapshot.atMs - Date.parse(lastAt)), 'dim'),
    },
    { title: 'job', width: { least: 12, grow: 1, most: 28 }, keep: 5, cell: ({ name }) => say(name) },
    { title: 'queue', width: { least: 8, grow: 1, most: 20 }, keep: 3, cell: ({ queue }) => say(queue, 'dim') },
    {
      title: 'missed, overlap',
      width: { least: 14, grow: 1, most: 28 },
      keep: 1,
      cell: ({ missed, overlap }) => say(`${missed}, ${overlap}`, 'dim'),
    },
  ]
  return content(world, {
    panel: 'schedules',
    title: 'SCHEDULES',
    looked: data.schedules,
    empty: 'No schedule. defineSchedule in a job file, or PUT /v1/schedules, makes one.',
    rows: sorted(
      (data.schedules.value ?? []).filter(({ id, name, queue }) => matches(filterOf(view), [id, name, queue])),
      orderOf(view, 'schedules'),
      // Numbers sort largest first: the nearest is the largest of the negative.
      { next: ({ nextAt }) => -Date.parse(nextAt ?? '9999-01-01T00:00:00Z'), name: ({ id }) => id },
    ),
    key: ({ id }) => id,
    target: ({ id, paused, lastId }) => ({ is: 'schedule', id, paused, lastId }),
    columns,
  })
}

function nextText(leftMs: number): string {
  return leftMs <= 0 ? 'now' : `in ${duration(leftMs)}`
}

/** `0 9 * * MON-FRI Europe/Berlin`, `every 5m 00s`. */
function timesOf({ cron, timeZone, everyMs }: ScheduleView): string {
  if (cron !== undefined) return timeZone === undefined ? cron : `${cron} ${timeZone}`
  return everyMs === undefined ? '' : `every ${duration(everyMs)}`
}
