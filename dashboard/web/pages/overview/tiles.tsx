import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import type { QueueView } from '../../../../src/client.ts'
import { count, duration, rate } from '../../../model/format.ts'
import type { Fleet } from '../../../model/fleet.ts'
import { livePoints } from '../../data/fleet.ts'
import { Level } from '../../parts/level.tsx'
import { Spark } from '../../parts/spark.tsx'

/** The numbers that one looks at first, each with the way to what is behind it. */
export function Tiles({ fleet, queues }: { fleet: Fleet & { error?: Error }; queues: readonly QueueView[] }) {
  const sum = (of: (queue: QueueView) => number) => queues.reduce((total, queue) => total + of(queue), 0)
  const fibers = fleet.merged?.snapshot.fibers
  const running = sum((queue) => queue.running)
  const dead = sum(({ dead: own, quarantined }) => own + quarantined)
  const oldestMs = Math.max(0, ...queues.map(({ oldestReadyMs }) => oldestReadyMs ?? 0))
  const oldest = queues.find(({ oldestReadyMs }) => oldestReadyMs === oldestMs)
  const points = livePoints.value
  const done = fleet.history?.donePerS
  const failed = fleet.history?.failedPerS
  return (
    <section class="tiles" aria-label="Now">
      <Tile
        href="/jobs?state=running"
        title="Running"
        value={count(fibers?.running ?? running)}
        tone={running > 0 ? 'blue' : 'faint'}
      >
        {fibers === undefined ? nobodyWords(fleet.error) : <Use used={fibers.running} of={fibers.concurrency} />}
      </Tile>
      <Tile href="/jobs?state=ready" title="Ready" value={count(sum(({ ready }) => ready))}>
        {oldest === undefined ? 'nothing waits' : `oldest ${duration(oldestMs)}, ${oldest.queue}`}
      </Tile>
      <Tile href="/jobs?state=delayed" title="Delayed" value={count(sum(({ delayed }) => delayed))}>
        for later, or to be tried again
      </Tile>
      <Tile href="/jobs?state=done" title="Done" value={rate(done)} unit="/s" tone={(done ?? 0) > 0 ? 'blue' : 'faint'}>
        <Spark label="Done a second, lately" values={points.map(({ donePerS }) => donePerS)} />
      </Tile>
      <Tile
        href="/jobs?state=delayed,dead"
        title="Failed"
        value={rate(failed)}
        unit="/s"
        tone={(failed ?? 0) > 0 ? 'amber' : 'faint'}
      >
        <Spark
          label="Failed attempts a second, lately"
          tone="amber"
          values={points.map(({ failedPerS }) => failedPerS)}
        />
      </Tile>
      <Tile href="/dead" title="Dead" value={count(dead)} tone={dead > 0 ? 'red' : 'faint'}>
        {dead > 0 ? 'wait for a decision' : 'none'}
      </Tile>
    </section>
  )
}

/** A token of a few queues is not told of the workers. */
function nobodyWords(error: Error | undefined): string {
  return error === undefined ? 'no worker beside this API' : 'over all workers'
}

interface TileProps {
  href: string
  title: string
  value: string
  unit?: string
  tone?: 'blue' | 'amber' | 'red' | 'faint'
  children: ComponentChildren
}

function Tile({ href, title, value, unit, tone, children }: TileProps) {
  const isNothing = value === '0' || value === '–'
  return (
    <Link href={href} class="tile">
      <span class="tile-title">{title}</span>
      <span class={`tile-value ${isNothing ? 'faint' : (tone ?? '')}`}>
        {value}
        {unit !== undefined && value !== '–' && <span class="tile-unit">{unit}</span>}
      </span>
      <span class="tile-note">{children}</span>
    </Link>
  )
}

function Use({ used, of }: { used: number; of: number }) {
  return (
    <>
      <Level value={used} most={of} label="In flight" /> of {count(of)}
    </>
  )
}
