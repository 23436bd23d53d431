import type { GroupView, LimitsView } from '../../../src/client.ts'
import { duration } from '../../model/format.ts'
import { type Gauge, gaugesOf } from '../../model/limit-left.ts'
import { limitText, settingsOf } from '../../model/limit-text.ts'
import { matches, sorted, type Depth } from '../../model/rows.ts'
import type { Glyphs } from '../glyphs.ts'
import { fitLine, say, type Line, type Tone } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf, orderOf, queueOf } from '../view.ts'
import type { World } from '../world.ts'
import { bar, readyColumn, runningColumn } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

const why: Record<NonNullable<GroupView['held']>, string> = {
  concurrency: 'as many run as may',
  rate: 'rate',
  quota: 'quota',
  frozen: 'paused',
}

/** `rate, next in 1.40 s` */
function heldText({ held, nextInMs }: GroupView): string {
  if (held === undefined) return ''
  return nextInMs === undefined ? why[held] : `${why[held]}, next in ${duration(nextInMs)}`
}

/** Of several limits the one that leaves least. */
function scarcest(gauges: readonly Gauge[]): Gauge | undefined {
  return gauges.toSorted((one, other) => one.left / one.most - other.left / other.most)[0]
}

const gaugeColumns = 4

function gaugeLine({ left, most, words }: Gauge, glyphs: Glyphs): Line {
  return [
    ...bar(left / Math.max(most, 1), gaugeColumns, glyphs, 'blue'),
    say(` ${words}`, left < 1 ? 'orange' : 'text'),
  ]
}

/** Those of the store, or as far as the workers know them. */
export function queuesOf({ data, snapshot }: World): Depth[] {
  return data.queues.value ?? snapshot.queues
}

function limitsHere({ data, view }: World, queue: string | undefined): LimitsView | undefined {
  return view.tab === 'groups' && queue !== undefined ? data.limits.value?.get(queue) : undefined
}

/** Who waits in a queue, and what holds them. */
export function groupsPanel(world: World): PanelContent {
  const { data, view, glyphs } = world
  const queue = queueOf(view, queuesOf(world))
  const limits = limitsHere(world, queue)
  const frozen = new Map((limits?.frozen ?? []).map(({ group, until }) => [group, Date.parse(until)]))
  const columns: Column<GroupView>[] = [
    {
      title: 'group',
      width: { least: 14, grow: 2, most: 40 },
      keep: 9,
      cell: ({ group }) => (group === undefined ? say('without a group', 'dim') : say(group)),
    },
    readyColumn,
    runningColumn,
    {
      title: 'held because',
      width: { least: 21, grow: 1, most: 30 },
      keep: 7,
      cell: (row) => {
        const untilMs = frozen.get(row.group)
        return say(untilMs === undefined ? heldText(row) : pausedText(untilMs, world), 'orange')
      },
    },
    {
      title: 'left',
      width: { least: 20, grow: 1, most: 34 },
      keep: 6,
      cell: ({ group, left, running }) => {
        const own = group === undefined ? undefined : limits?.group[group]
        const bound = { ...settingsOf(limits?.groups), ...settingsOf(own) }
        const gauge = scarcest(gaugesOf(left, bound, running))
        return gauge === undefined ? [] : gaugeLine(gauge, glyphs)
      },
    },
    {
      title: 'limits of its own',
      width: { least: 16, grow: 2 },
      keep: 5,
      cell: ({ group }) => say(limitText(settingsOf(group === undefined ? undefined : limits?.group[group])), 'dim'),
    },
  ]
  const isHere = data.groups.about === queue
  const rows = isHere ? withFrozen(data.groups.value ?? [], frozen) : []
  return content(world, {
    panel: 'groups',
    title: `GROUPS OF ${queue ?? ''}`,
    looked: isHere ? data.groups : {},
    empty:
      queue === undefined ? 'No queue yet.' : 'No job waits or runs in this queue. [ and ] lead to the other queues.',
    rows: sorted(
      rows.filter(({ group }) => matches(filterOf(view), [group])),
      orderOf(view, 'groups'),
      {
        busiest: (row) => row.ready + row.running,
        name: ({ group }) => group ?? '',
        ready: (row) => row.ready,
        running: (row) => row.running,
      },
    ),
    key: ({ group }) => group ?? '',
    target: ({ group }) =>
      group === undefined || queue === undefined ? undefined : { is: 'group', queue, group, frozen: frozen.has(group) },
    columns,
  })
}

/** A paused group without a job must be there, to be resumed. */
function withFrozen(groups: GroupView[], frozen: Map<string | undefined, number>): GroupView[] {
  const known = new Set(groups.map(({ group }) => group))
  const others = [...frozen.keys()].filter((group) => group !== undefined && !known.has(group))
  return [...groups, ...others.map((group) => ({ ...(group !== undefined && { group }), ready: 0, running: 0 }))]
}

function pausedText(untilMs: number, { snapshot }: World): string {
  const leftMs = untilMs - snapshot.atMs
  // Paused for good is kept as a moment far away.
  return leftMs > 365 * 86_400_000 ? 'paused' : `paused for ${duration(leftMs)}`
}

/** What limits the queue as a whole, each of its groups, and the services that want no calls now. */
export function limitLines(world: World, columns: number): Line[] {
  const { data, view, glyphs } = world
  const queue = queueOf(view, queuesOf(world))
  const limits = limitsHere(world, queue)
  if (limits === undefined) return []
  const line = (label: string, text: string, tone: Tone = 'text', more: Line = []) =>
    fitLine(
      [say(label.padEnd(17), 'dim'), say(text === '' ? 'no limit' : text, text === '' ? 'faint' : tone), ...more],
      columns,
      glyphs.mark,
    )
  const gauges = gaugesOf(limits.left).flatMap((gauge) => [say('   '), ...gaugeLine(gauge, glyphs)])
  const lines = [
    line('the whole queue', limitText(settingsOf(limits.queue)), 'text', gauges),
    line('each group', limitText(settingsOf(limits.groups))),
  ]
  const own = limits.frozen.find(({ group }) => group === undefined)
  if (own !== undefined) lines.push(line('frozen', pausedText(Date.parse(own.until), world), 'orange'))
  const held = (data.limiters.value?.upstreams ?? []).map(
    ({ upstream, until }) => `${upstream} for ${duration(Date.parse(until) - world.snapshot.atMs)}`,
  )
  if (held.length > 0) lines.push(line('want no calls', held.join(', '), 'orange'))
  return [...lines, []]
}
