// `npm run chaos [-- --url STORE --jobs 10000 --quick --json FILE CELL…]`: every cell at full size, a line each, and a non-zero
// exit when one fails.
import { parseArgs } from 'node:util'
import { writeFileSync } from 'node:fs'
import { count } from '../measure/words.ts'
import { faultsOf } from './cell.ts'
import type { Fault } from './fault.ts'
import { matrices, type PlacedCell } from './matrix.ts'
import { faultOf, headline, rowOf, table, unfinished } from './table.ts'

const { values, positionals } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    url: { type: 'string', default: 'sqlite' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
  allowPositionals: true,
})
const cells = matrices[values.url.replace(/:.*$/, '')]?.cells
const jobs = Number(values.jobs)
if (cells === undefined || !Number.isSafeInteger(jobs) || jobs < 1) {
  console.error(
    `usage: npm run chaos -- --url ${Object.keys(matrices).join('|')} --jobs N [--quick] [--json FILE] [CELL…]`,
  )
  process.exit(2)
}
const unknown = positionals.filter((name) => cells.every((cell) => cell.name !== name))
if (unknown.length > 0) {
  console.error(`no such cell: ${unknown.join(', ')}. The cells: ${cells.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const rows: string[][] = []
const told: Fault[] = []
let failed = 0
for (const cell of cells.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  console.log(`${cell.name}: ${cell.about}`)
  const started = performance.now()
  const faults = await tell(cell, () => (performance.now() - started) / 1_000)
  for (const fault of faults.slice(0, 20)) console.log(`       ${fault}`)
  if (faults.length > 20) console.log(`       … and ${count(faults.length - 20)} more`)
  if (faults.length > 0) failed++
}
console.log(`\n${table(rows)}`)
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(told, null, 1))
process.exitCode = failed === 0 ? 0 : 1

/** Runs it, and says what came of it; answers what is wrong. A cell that does not come to an end does not hold up the others. */
async function tell(cell: PlacedCell, seconds: () => number): Promise<string[]> {
  try {
    const result = await cell.run({ jobs, quick: values.quick })
    const faults = faultsOf(result)
    console.log(`  ${faults.length === 0 ? 'ok  ' : 'FAIL'} ${headline(result, seconds())}`)
    rows.push(rowOf(cell.name, result, seconds()))
    told.push(faultOf(cell, result))
    return faults
  } catch (error) {
    console.log(`  FAIL ${seconds().toFixed(1)} s`)
    told.push(unfinished(cell))
    return [error instanceof Error ? error.message : String(error)]
  }
}
