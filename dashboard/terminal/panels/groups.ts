import type { GroupView, LimitsView } from '../../../src/client.ts'
import { duration } from '../../model/format.ts'
import { limitText, settingsOf } from '../../model/limit-text.ts'
import { matches, sorted, type Depth } from '../../model/rows.ts'
import { fitLine, say, type Line, type Tone } from '../line.ts'
import type { Column } from '../table.ts'
import { filterOf, orderOf, queueOf } from '../view.ts'
import type { World } from '../world.ts'
import { number } from './cells.ts'
import { content, type PanelContent } from './panel.ts'

const why: Record<NonNullable<GroupView['held']>, [string, Tone]> = {
  concurrency: ['as many run as may', 'orange'],
  rate: ['its rate is used up', 'orange'],
  quota: ['its quota is used up', 'orange'],
  frozen: ['paused', 'orange'],
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
  const { data, view } = world
  const queue = queueOf(view, queuesOf(world))
  const limits = limitsHere(world, queue)
  const frozen = new Map((limits?.frozen ?? []).map(({ group, until }) => [group, Date.parse(until)]))
  const columns: Column<GroupView>[] = [
    {
      title: 'group',
      width: { least: 16, grow: 2, most: 40 },
      keep: 9,
      cell: ({ group }) => (group === undefined ? say('without a group', 'dim') : say(group)),
    },
    { title: 'ready', align: 'right', width: 7, keep: 9, cell: (row) => number(row.ready) },
    { title: 'running', align: 'right', width: 7, keep: 8, cell: (row) => number(row.running, 'blue') },
    {
      title: 'held because',
      width: { least: 20, grow: 1, most: 34 },
      keep: 7,
      cell: ({ group, held }) => {
        const untilMs = frozen.get(group)
        if (untilMs !== undefined) return say(pausedText(untilMs, world), 'orange')
        return held === undefined ? say('', 'faint') : say(...why[held])
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
  const line = (label: string, text: string, tone: Tone = 'text') =>
    fitLine(
      [say(label.padEnd(17), 'dim'), say(text === '' ? 'no limit' : text, text === '' ? 'faint' : tone)],
      columns,
      glyphs.mark,
    )
  const lines = [
    line('the whole queue', limitText(settingsOf(limits.queue))),
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
