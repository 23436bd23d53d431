import type { Judged } from './bars.ts'
import type { Case } from './case.ts'
import type { Row } from './stats.ts'
import type { Swept } from './sweep.ts'

/** What a case found: of one run, on one machine. */
export interface Result {
  case: string
  machine: string
  sweeps: Swept[]
  rows: Row[]
  bars: Judged[]
}

export function printResult(asked: Case, { machine, sweeps, rows, bars }: Result): void {
  console.log(`\n${asked.name}: ${asked.asks}\n${machine}\n`)
  for (const swept of sweeps) printSweep(swept)
  printRows(asked, rows)
  if (bars.length > 0) printBars(bars)
}

function printSweep({ sweep, tried }: Swept): void {
  const cells = tried.map(({ setting, median, values }, rank) => [
    rank === 0 ? 'best' : '',
    setting,
    number(median),
    range(values),
  ])
  printColumns([['', `${sweep.name}, tried`, sweep.metric, 'min … max'], ...cells], [2, 3])
}

function printRows(asked: Case, rows: Row[]): void {
  const cells = rows.map((row) => [
    row.contender,
    row.metric,
    number(row.median),
    range([row.min, row.max]),
    row.unit,
    String(row.rounds),
    row.contender === asked.baseline ? '1' : Number.isFinite(row.ratio) ? `${row.ratio.toFixed(2)} ×` : '',
  ])
  const head = ['contender', 'metric', 'median', 'min … max', 'unit', 'rounds', `of ${asked.baseline}`]
  printColumns([head, ...cells], [2, 3, 5, 6])
}

function printBars(bars: Judged[]): void {
  const cells = bars.map(({ bar, met, measured, min, max }) => [
    met ? 'met' : 'NOT MET',
    bar,
    number(measured),
    range([min, max]),
  ])
  printColumns([['', 'bar', 'measured', 'rounds'], ...cells], [2, 3])
}

/** An aligned table and an empty line; numbers stand to the right. */
function printColumns(lines: string[][], numeric: number[]): void {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      numeric.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    )
    console.log(cells.join('  ').trimEnd())
  }
  console.log()
}

function range(values: number[]): string {
  return `${number(Math.min(...values))} … ${number(Math.max(...values))}`
}

function number(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
