import { useState } from 'preact/hooks'
import type { HistoryView } from '../../../../src/client.ts'
import { count, duration, rate } from '../../../model/format.ts'
import { withPast } from '../../../model/live-series.ts'
import { livePoints } from '../../data/fleet.ts'
import { type Range, ranges, useHistory } from '../../data/history.ts'
import { Answer } from '../../parts/answer.tsx'
import { Chart, type Series } from '../../parts/chart.tsx'
import { Tabs } from '../../parts/tabs.tsx'

type Shown = Range | 'live'

const titles: Record<Shown, string> = { live: 'Live', hour: '1 hour', day: '1 day', week: '1 week' }

/** Throughput and outcomes, run time, wait, and how full the queues were: of now, or of the past. */
export function Charts({ queue }: { queue?: string }) {
  const [shown, setShown] = useState<Shown>(queue === undefined ? 'live' : 'hour')
  const choices = (Object.keys(titles) as Shown[]).filter((one) => one !== 'live' || queue === undefined)
  return (
    <section class="charts-section" aria-label="Over time">
      <Tabs label="Time shown" choices={choices.map((one) => [one, titles[one]])} chosen={shown} choose={setShown} />
      {shown === 'live' ? <LiveCharts /> : <PastCharts range={shown} {...(queue !== undefined && { queue })} />}
    </section>
  )
}

function LiveCharts() {
  const past = useHistory('hour').state.value.value
  const points = past === undefined ? livePoints.value : withPast(livePoints.value, complete(past), Date.now())
  return (
    <Four
      times={points.map(({ atMs }) => atMs / 1_000)}
      attempts={[
        { label: 'done', colour: '--blue', area: true, values: points.map(({ donePerS }) => donePerS) },
        { label: 'failed', colour: '--amber-line', dashed: true, values: points.map(({ failedPerS }) => failedPerS) },
      ]}
      run={points.map(({ runP50Ms: p50, runP99Ms: p99 }) => ({ p50, p99 }))}
      wait={points.map(({ waitP50Ms: p50, waitP99Ms: p99 }) => ({ p50, p99 }))}
      depth={points}
    />
  )
}

function PastCharts({ range, queue }: { range: Range; queue?: string }) {
  const history = useHistory(range, queue)
  return (
    <Answer of={history} what={`the last ${ranges[range].title}`}>
      {(past) => <Past past={past} />}
    </Answer>
  )
}

/** Without the last step, which is not over yet: it would look like a fall. */
function complete({ points, stepMs }: HistoryView): Pick<HistoryView, 'points' | 'stepMs'> {
  return { points: points.filter(({ at }) => Date.parse(at) + stepMs <= Date.now()), stepMs }
}

function Past({ past }: { past: HistoryView }) {
  const { points, stepMs } = complete(past)
  const perStep = (of: (point: (typeof points)[number]) => number) =>
    points.map((point) => (of(point) * 1_000) / stepMs)
  return (
    <Four
      times={points.map(({ at }) => Date.parse(at) / 1_000)}
      attempts={[
        { label: 'done', colour: '--blue', area: true, values: perStep(({ done }) => done) },
        { label: 'retried', colour: '--amber-line', dashed: true, values: perStep(({ retried }) => retried) },
        { label: 'dead', colour: '--red', values: perStep(({ dead, quarantined }) => dead + quarantined) },
      ]}
      run={points.map(({ runMs }) => runMs)}
      wait={points.map(({ waitMs }) => waitMs)}
      depth={points.map(({ depth }) => depth)}
    />
  )
}

interface FourProps {
  /** Seconds since 1970, oldest first; all others have one for each. */
  times: readonly number[]
  attempts: readonly Series[]
  run: readonly (Spread | undefined)[]
  wait: readonly (Spread | undefined)[]
  depth: readonly (Depth | undefined)[]
}

type Spread = Record<'p50' | 'p99', number | null>
type Depth = Record<'ready' | 'running' | 'delayed', number | null>

function Four({ times, attempts, run, wait, depth }: FourProps) {
  const of = (name: keyof Depth) => depth.map((one) => one?.[name] ?? null)
  return (
    <div class="charts">
      <Chart title="Attempts that ended, a second" times={times} format={perSecond} series={attempts} />
      <Chart title="Run time" times={times} format={duration} least={10} series={spread(run)} />
      <Chart title="Wait, from ready to started" times={times} format={duration} least={10} series={spread(wait)} />
      <Chart
        title="Jobs in the queues"
        times={times}
        format={count}
        least={4}
        series={[
          { label: 'ready', colour: '--text', area: true, values: of('ready') },
          { label: 'running', colour: '--blue', values: of('running') },
          { label: 'delayed', colour: '--grey', dashed: true, values: of('delayed') },
        ]}
      />
    </div>
  )
}

function spread(values: readonly (Spread | undefined)[]): Series[] {
  return [
    { label: 'p50', colour: '--blue', area: true, values: values.map((one) => one?.p50 ?? null) },
    { label: 'p99', colour: '--amber-line', dashed: true, values: values.map((one) => one?.p99 ?? null) },
  ]
}

function perSecond(value: number | undefined): string {
  return value === undefined || value === 0 ? rate(value) : `${rate(value)}/s`
}
