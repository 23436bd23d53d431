import { cpus } from 'node:os'
import type { Case } from './case.ts'
import type { Row } from './stats.ts'

/** Machine, versions, and the rows as an aligned table. */
export function printTable(asked: Case, rows: Row[]): void {
  const [cpu] = cpus()
  console.log(`\n${asked.name}: ${asked.asks}`)
  console.log(
    `${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n`,
  )
  const cells = rows.map((row) => [
    row.contender,
    row.metric,
    number(row.median),
    `${number(row.min)} … ${number(row.max)}`,
    row.unit,
    String(row.rounds),
    row.contender === asked.baseline ? '1' : `${row.ratio.toFixed(2)} ×`,
  ])
  const all = [['contender', 'metric', 'median', 'min … max', 'unit', 'rounds', `of ${asked.baseline}`], ...cells]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  for (const line of all) {
    console.log(
      line
        .map((cell, column) =>
          column < 2 || column === 4 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  '),
    )
  }
}

function number(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
