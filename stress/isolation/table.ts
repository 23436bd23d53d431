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

type Areas = Readonly<Record<string, readonly PlacedKind[]>>

/** The page with its tables as the kinds say. */
export function withTable(page: string, areas: Areas): string {
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error('The page has no place for the isolation table.')
  const tables = Object.entries(areas).map(([area, kinds]) => `**${area}**\n\n${markdown(kinds)}`)
  return `${before}${begin}\n\n${[inShort(Object.values(areas).flat()), ...tables].join('\n\n')}\n\n${end}${after}`
}

/** How many there are of each class, and how many name their doer. */
function inShort(kinds: readonly PlacedKind[]): string {
  const of = (wanted: IsolationClass) => kinds.filter((kind) => kind.class === wanted).length
  const naming = (mode: 'production' | 'strict') => kinds.filter((kind) => kind[mode].named.length > 0).length
  const classes = `${of('contained')} contained, ${of('detected')} detected, ${of('uncontained')} not contained in one process`
  return `${kinds.length} kinds: ${classes}. The doer is named in ${naming('production')} of them in production mode, and in ${naming('strict')} in strict mode.`
}

function markdown(kinds: readonly PlacedKind[]): string {
  const threads = kinds.some(({ thread }) => thread !== undefined)
  const rows = kinds.map(({ about, class: its, production, strict, thread, answer }) => [
    about,
    classWords[its],
    told(production),
    told(strict) === told(production) ? 'the same' : told(strict),
    ...(threads ? [thread === undefined ? '' : wordsOf[thread.innocents]] : []),
    answer,
  ])
  const heads = ['a job that …', 'is', 'named by', 'in strict mode by', ...(threads ? ["`lane: 'thread'`"] : []), 'how']
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const classWords: Record<IsolationClass, string> = {
  contained: 'contained',
  detected: 'detected',
  uncontained: '**not contained**',
}
const wordsOf: Record<Notice, string> = { nothing: 'contained', disturbed: 'seen by others', late: 'holds others up' }

function told({ named, perhaps = [] }: Expected): string {
  const sure = named.map((by) => `\`${by}\``)
  return (sure.length > 0 ? sure : perhaps.slice(0, 1).map((by) => `perhaps \`${by}\``)).join(', ') || '–'
}
