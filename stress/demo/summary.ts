import { costRows, count, lines, type Row, some, speedRows, spread, time } from '../measure/words.ts'
import type { DemoResult } from './run.ts'

const surviving: Record<string, string> = {
  none: 'lives as long as its process',
  process: 'survives kill -9 of the worker',
  system: 'survives kill -9 of everything',
  power: 'survives a power cut',
}

/** What the demo says when it is over: a headline, and what stands behind it. */
export function summaryOf(result: DemoResult): { passed: boolean; headline: string; text: string } {
  const { report, latencyMs, service, store } = result
  const passed = report.verdict === 'passed'
  const headline = passed
    ? `${some(report.jobs, 'webhook')} delivered in ${time(report.wallMs)}, each exactly once.`
    : `${count(report.done)} of ${some(report.jobs, 'webhook')} delivered: ${whatIsWrong(result)}.`
  const rows: Row[] = [
    ...speedRows(report, result.interrupted),
    ['one by one', `the same calls take ${time(report.done * latencyMs)}`],
    [`over ${time(latencyMs)}`, spread(report.overheadMs)],
    ...costRows(report),
    ['retries', `${count(report.retried)}; the service answered 503 to ${count(service.refused)} at first`],
    [
      'failures',
      `${count(report.dead)} dead · ${count(report.lost)} lost · ${count(report.duplicated)} delivered twice`,
    ],
    ['store', `${store.driver}, ${surviving[store.durable]}; enqueued in ${time(result.enqueueMs)}`],
  ]
  if (report.inFlightPeak > 0) rows[2]![1] += `; the service saw ${some(service.openPeak, 'request')} open`
  const kept = result.kept === undefined ? '' : `\n\nThe jobs are kept: fiber-work list --url sqlite:${result.kept}`
  return { passed, headline, text: lines(rows) + kept }
}

function whatIsWrong({ report, interrupted }: DemoResult): string {
  if (interrupted) return 'interrupted'
  return `${count(report.lost)} lost, ${count(report.duplicated)} delivered twice, ${count(report.dead)} dead`
}
