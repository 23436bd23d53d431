import { plain } from '../../src/base/text.ts'
import { costRows, count, lines, type Row, some, speedRows, spread } from '../measure/words.ts'
import type { StressResult } from './stress.ts'

const problemsMax = 20

/** What a stress run says when it is over: a headline, what stands behind it, and which jobs are not in order. */
export function summaryOf(result: StressResult): { passed: boolean; headline: string; text: string; problems: string } {
  const { report, counts } = result
  const passed = report.verdict === 'passed' && !result.interrupted
  const rows: Row[] = [
    [
      'mix',
      Object.entries(counts)
        .map(([kind, jobs]) => `${kind} ${count(jobs)}`)
        .join(' · '),
    ],
    ...speedRows(report, result.interrupted),
    ['overhead', `${spread(report.overheadMs)} (sleep, http)`],
    ...costRows(report),
    [
      'ended',
      `${count(report.done)} done · ${count(report.dead)} dead, as they had to · ${count(report.retried)} retries`,
    ],
    [
      'isolated',
      `${some(result.strays, 'stray error')} · ${some(result.zombies, 'call')} left open · ${some(result.stuck, 'stuck attempt')}`,
    ],
    ['store', result.store],
  ]
  return { passed, headline: headlineOf(result), text: lines(rows), problems: problemsOf(result) }
}

function headlineOf({ report, problems, interrupted }: StressResult): string {
  if (interrupted) return `Interrupted after ${count(report.done + report.dead)} of ${some(report.jobs, 'job')}.`
  if (report.verdict === 'passed') return `${some(report.jobs, 'job')}, every one accounted for exactly once.`
  return `${some(problems.length, 'job')} of ${count(report.jobs)} not in order: ${count(report.lost)} lost, ${count(report.duplicated)} duplicated.`
}

function problemsOf({ problems, interrupted }: StressResult): string {
  if (interrupted || problems.length === 0) return ''
  const shown = problems.slice(0, problemsMax).map((problem) => `  ${plain(problem)}`)
  const more = problems.length - shown.length
  return [...shown, ...(more > 0 ? [`  … and ${count(more)} more`] : [])].join('\n')
}
