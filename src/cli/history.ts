import type { Command } from 'commander'
import type { HistoryView } from '../api/operations/history.ts'
import { formatDuration } from '../base/duration.ts'
import { systemEnv } from '../base/env.ts'
import { addPlace, durationFlag, type Given } from './flags.ts'
import { type Column, table } from './table.ts'
import { isoTime, showCount, showIso } from './time.ts'
import { withApi } from './with-api.ts'

interface HistoryFlags extends Given {
  last?: string
  step?: string
  queue?: string
  name?: string
}

const hourMs = 3_600_000
/** Without a step of his own somebody wants to see it all at once. */
const rows = 30

/** `fiber-work history`: what was, step by step. */
export function register(command: Command): void {
  addPlace(command)
    .option('--last <TIME>', 'so much of the past (1h); minutes are kept for a day, hours for 30')
    .option('--step <TIME>', 'how much time a line stands for')
    .option('--queue <NAME>', 'only this queue')
    .option('--name <NAME>', 'only jobs of this name')
    .action((given: HistoryFlags) => {
      const lastMs = given.last === undefined ? hourMs : durationFlag('--last', given.last)
      const stepMs = given.step === undefined ? stepFor(lastMs) : durationFlag('--step', given.step)
      return withApi(given, {}, async ({ api, output }) => {
        const history = await api.workers.history({
          from: isoTime(systemEnv.nowMs() - lastMs)!,
          stepMs,
          ...(given.queue !== undefined && { queue: given.queue }),
          ...(given.name !== undefined && { name: given.name }),
        })
        output.answer(history, () => table(history.points, columns))
        if (!history.whole)
          output.warn('there was more than one request reads, and the newest is missing; ask for less, or a queue')
      })
    })
}

const minuteMs = 60_000
const stepFor = (lastMs: number): number => Math.max(1, Math.ceil(lastMs / rows / minuteMs)) * minuteMs

type Point = HistoryView['points'][number]
const count = (title: string, of: (point: Point) => number | undefined): Column<Point> => ({
  title,
  cell: (point) => showNumber(of(point)),
  align: 'right',
})
const span = (title: string, of: (point: Point) => number | undefined): Column<Point> => ({
  title,
  cell: (point) => {
    const ms = of(point)
    return ms === undefined ? '' : formatDuration(Math.round(ms))
  },
  align: 'right',
})

const columns: Column<Point>[] = [
  { title: 'FROM', cell: ({ at }) => showIso(at) },
  count('ENQUEUED', ({ enqueued }) => enqueued),
  count('DONE', ({ done }) => done),
  count('RETRIED', ({ retried }) => retried),
  count('DEAD', ({ dead }) => dead),
  count('AT ONCE', ({ inFlightMax }) => inFlightMax),
  span('RUN P50', ({ runMs }) => runMs?.p50),
  span('P99', ({ runMs }) => runMs?.p99),
  span('WAIT P99', ({ waitMs }) => waitMs?.p99),
  count('READY', ({ depth }) => depth?.ready),
  span('OLDEST', ({ depth }) => (depth === undefined || depth.oldestReadyMs === 0 ? undefined : depth.oldestReadyMs)),
]

/** Nothing is easier on the eye than a column of zeros. */
function showNumber(value: number | undefined): string {
  return value === undefined || value === 0 ? '' : showCount(value)
}
