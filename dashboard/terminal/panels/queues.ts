import type { LimitsView } from '../../../src/client.ts'
import { age, count } from '../../model/format.ts'
import { limitText, settingsOf } from '../../model/limit-text.ts'
import { queueRows, type QueueRow } from '../../model/rows.ts'
import { say } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf, orderOf } from '../view.ts'
import type { World } from '../world.ts'
import { number, readyColumn, runningColumn, speed } from './cells.ts'
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
  const { snapshot, history, view, glyphs, data, processes } = world
  // The home screen is about this machine's workers; its own tab is about the store.
  const isHome = view.tab === 'home'
  const asked = isHome && processes.length > 0 ? undefined : data.queues
  const queues = asked?.value ?? snapshot.queues
  const limits = isHome ? undefined : data.limits.value
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
    readyColumn,
    { title: 'delayed', align: 'right', width: 7, keep: 5, cell: (row) => number(row.delayed) },
    runningColumn,
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
    ...(queues.some(({ blocked }) => blocked > 0) ? [blockedColumn] : []),
    ...(isHome ? [] : [limitColumn(limits)]),
    { title: 'kept', align: 'right', width: 7, keep: 1, cell: (row) => number(row.done) },
  ]
  return content(world, {
    panel: 'queues',
    title: 'QUEUES',
    // Workers that tell of their queues are enough, whatever the store can list.
    ...(asked !== undefined && snapshot.queues.length === 0 && { looked: asked }),
    empty: 'No queue yet: the first enqueue makes one.',
    rows: queueRows({ ...snapshot, queues }, history, filterOf(view), orderOf(view, 'queues')),
    key: (row) => row.queue,
    target: ({ queue, paused }) => ({
      is: 'queue',
      queue,
      paused,
      concurrencyMax: settingsOf(limits?.get(queue)?.queue).concurrencyMax,
    }),
    columns,
  })
}

/** What the queue may at most; how many at once first, since that is what the keys change. */
function limitColumn(limits: Map<string, LimitsView> | undefined): Column<QueueRow> {
  return {
    title: 'at once',
    align: 'right',
    width: { least: 7, grow: 0, most: 24 },
    keep: 3,
    cell: ({ queue }) => {
      const own = limits?.get(queue)
      if (own === undefined) return say('', 'faint')
      const { concurrencyMax, ...others } = settingsOf(own.queue)
      const more = limitText(others)
      const most = concurrencyMax === undefined ? 'any' : count(concurrencyMax)
      return say(more === '' ? most : `${most}, ${more}`, concurrencyMax === undefined ? 'faint' : 'text')
    },
  }
}
