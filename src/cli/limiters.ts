import type { Command } from 'commander'
import type { LimitersView } from '../api/operations/limiters.ts'
import { addPlace, type Given } from './flags.ts'
import { leftText, limitsText } from './limit-text.ts'
import { type Column, table } from './table.ts'
import { showIso, showUntil, showWait } from './time.ts'
import { withApi } from './with-api.ts'

/** `fiber-work limiters`: what is held back now, and by what. */
export function register(command: Command): void {
  addPlace(command).action((given: Given) =>
    withApi(given, {}, async ({ api, output }) => {
      const limiters = await api.queues.limiters()
      output.answer(limiters, () => textOf(limiters))
    }),
  )
}

function textOf({ upstreams, frozen, queues }: LimitersView): string {
  const parts: string[] = []
  if (upstreams.length > 0) parts.push(table(upstreams, upstreamColumns))
  if (frozen.length > 0) parts.push(table(frozen, frozenColumns))
  if (queues.length > 0) parts.push(table(queues, queueColumns))
  return parts.join('\n\n') || 'Nothing is held back, and no queue has limits.'
}

const upstreamColumns: Column<LimitersView['upstreams'][number]>[] = [
  { title: 'SERVICE', cell: ({ upstream }) => upstream, stretch: true },
  { title: 'WANTS NO CALLS UNTIL', cell: ({ until }) => showIso(until) },
]

const frozenColumns: Column<LimitersView['frozen'][number]>[] = [
  { title: 'FROZEN', cell: ({ queue }) => queue },
  { title: 'GROUP', cell: ({ group }) => group },
  { title: 'UNTIL', cell: ({ until }) => showUntil(until) },
]

const queueColumns: Column<LimitersView['queues'][number]>[] = [
  { title: 'QUEUE', cell: ({ queue }) => queue },
  { title: 'LIMITS', cell: ({ queueLimits }) => limitsText(queueLimits) },
  { title: 'LEFT', cell: ({ left }) => leftText(left) },
  {
    title: 'NEXT IN',
    cell: ({ left }) => (left?.nextInMs === 0 ? undefined : showWait(left?.nextInMs)),
    align: 'right',
  },
  { title: 'OF EACH GROUP', cell: ({ groupLimits }) => limitsText(groupLimits), stretch: true },
  { title: 'GROUPS WITH THEIR OWN', cell: ({ groupsWithOwn }) => groupsWithOwn, align: 'right' },
]
