import { Link } from 'wouter-preact'
import type { LimitsView, QueueView } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { useResource } from '../../data/resource.ts'
import { Answer } from '../../parts/answer.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Count, Duration, Rate } from '../../parts/numbers.tsx'
import { Time } from '../../parts/time.tsx'
import { Charts } from '../overview/charts.tsx'
import { QueueActions } from './queue-actions.tsx'
import { QueueDefinitions } from './queue-definitions.tsx'
import { QueueGroups } from './queue-groups.tsx'
import { QueueLimits } from './queue-limits.tsx'
import { QueueNext } from './queue-next.tsx'

/** One queue: how full it is and was, what limits it, who is next in it. */
export function Queue({ params: { queue = '' } }: { params: Record<string, string | undefined> }) {
  const depth = useResource(() => api.queues.get(queue), ['queue', queue], { everyMs: 2_000 })
  const limits = useResource(() => api.queues.limits(queue), ['limits', queue], { everyMs: 2_000 })
  const changed = () => Promise.all([depth.refresh(), limits.refresh()])
  const now = depth.state.value.value
  return (
    <>
      <header class="head">
        <h1>
          <Link href="/queues" class="crumb">
            Queues
          </Link>{' '}
          {queue}
        </h1>
        {now?.paused === true && <Badge tone="amber">paused</Badge>}
        <Frozen limits={limits.state.value.value} />
        <QueueActions queue={queue} depth={now} limits={limits.state.value.value} changed={changed} />
      </header>
      <Answer of={depth} what="the queue">
        {(value) => <Figures depth={value} />}
      </Answer>
      <Charts queue={queue} />
      <div class="columns">
        <div class="column">
          <QueueLimits queue={queue} limits={limits} changed={changed} />
          <QueueNext queue={queue} />
        </div>
        <div class="column">
          <QueueGroups queue={queue} />
          <QueueDefinitions queue={queue} />
        </div>
      </div>
    </>
  )
}

function Frozen({ limits }: { limits: LimitsView | undefined }) {
  const whole = limits?.frozen.find(({ group }) => group === undefined)
  if (whole === undefined || Date.parse(whole.until) <= Date.now()) return null
  return (
    <span class="amber">
      frozen, goes on <Time at={whole.until} />
    </span>
  )
}

function Figures({ depth }: { depth: QueueView }) {
  const { queue, ready, running, delayed, blocked, dead, quarantined, done, cancelled, oldestReadyMs, perSecond } =
    depth
  const jobs = (state: string) => `/jobs?${new URLSearchParams({ queue, state }).toString()}`
  return (
    <dl class="figures">
      <Figure title="Ready" href={jobs('ready')}>
        <Count value={ready} />
      </Figure>
      <Figure title="Oldest ready">
        <Duration value={oldestReadyMs} />
      </Figure>
      <Figure title="Running" href={jobs('running')}>
        <Count value={running} tone="blue" />
      </Figure>
      <Figure title="Delayed" href={jobs('delayed')}>
        <Count value={delayed} />
      </Figure>
      <Figure title="Blocked" href={jobs('blocked')}>
        <Count value={blocked} />
      </Figure>
      <Figure title="Done a second">
        <Rate value={perSecond?.done} tone="blue" />
      </Figure>
      <Figure title="Retried a second">
        <Rate value={perSecond?.retried} tone="amber" />
      </Figure>
      <Figure title="Dead" href={`/dead?${new URLSearchParams({ queue }).toString()}`}>
        <Count value={dead + quarantined} tone="red" />
      </Figure>
      <Figure title="Done, kept" href={jobs('done')}>
        <Count value={done} />
      </Figure>
      <Figure title="Cancelled" href={jobs('cancelled')}>
        <Count value={cancelled} />
      </Figure>
    </dl>
  )
}

function Figure({ title, href, children }: { title: string; href?: string; children: preact.ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{title}</dt>
      <dd>{href === undefined ? children : <Link href={href}>{children}</Link>}</dd>
    </div>
  )
}
