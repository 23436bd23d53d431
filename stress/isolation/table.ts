import { count, time } from '../measure/words.ts'
import type { CellReport } from './judge.ts'
import type { Expected, IsolationClass, Notice, PlacedKind } from './kind.ts'

/** What one cell has seen: a line. */
export function headline(report: CellReport, seconds: number): string {
  const { mode, ok, innocents, notice, seen, named, acts, beside, runMsMax, turnMsMax, exits } = report
  const noticed = Object.entries(seen).map(([what, jobs]) => `${what} (${count(jobs)})`)
  const who = Object.entries(named).map(([by, times]) => `${by} × ${times}`)
  const parts = [
    `${count(innocents)} innocents noticed ${notice === 'disturbed' ? noticed.join(', ') : notice}`,
    `named by ${who.join(', ') || 'nothing'}`,
    `${acts} acts${mode === 'strict' ? '' : ` beside ${count(beside)}`}`,
    `longest job ${time(runMsMax)}, longest turn ${time(turnMsMax)}`,
    ...(exits.length > 1 ? [`exits ${exits.join(', ')}`] : []),
  ]
  return `  ${ok ? 'ok  ' : 'FAIL'} ${mode}, ${seconds.toFixed(1)} s: ${parts.join('; ')}`
}

/** What all cells have seen. */
export function summary(reports: readonly CellReport[]): string {
  const failed = reports.filter(({ ok }) => !ok)
  const blame = (mode: string) => {
    const cells = reports.filter((report) => report.mode === mode)
    return `${cells.filter(({ blameRight }) => blameRight).length} of ${cells.length} in ${mode}`
  }
  return [
    `${reports.length - failed.length} of ${reports.length} cells are as their kind says`,
    `the doer was named, and nobody else: ${blame('production')}, ${blame('strict')}`,
    ...failed.map(({ kind, mode }) => `FAIL ${kind}, ${mode}`),
  ].join('\n')
}

const begin = '<!-- isolation table: made by `npm run docs` from stress/isolation/kinds -->'
const end = '<!-- end of the isolation table -->'

/** The page with its table as the kinds say. */
export function withTable(page: string, kinds: readonly PlacedKind[]): string {
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error('The page has no place for the isolation table.')
  return `${before}${begin}\n\n${markdown(kinds)}\n\n${end}${after}`
}

function markdown(kinds: readonly PlacedKind[]): string {
  const rows = kinds.map(({ about, class: its, production, strict, thread, answer }) => [
    about,
    classWords[its],
    told(production),
    told(strict),
    thread === undefined ? '' : wordsOf[thread.innocents],
    answer,
  ])
  const heads = [
    'a job that …',
    'class',
    'in production, who is named by',
    'in strict mode, by',
    "in `lane: 'thread'`",
    'how',
  ]
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const classWords: Record<IsolationClass, string> = {
  contained: 'contained',
  detected: 'detected',
  uncontained: '**not contained in one process**',
}
const wordsOf: Record<Notice, string> = { nothing: 'contained', disturbed: 'seen by others', late: 'holds others up' }

function told({ named, perhaps = [] }: Expected): string {
  const words = [...named.map((by) => `\`${by}\``), ...perhaps.map((by) => `\`${by}\` where it is sampled`)]
  return words.join(', ') || '–'
}
