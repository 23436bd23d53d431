// `npm run chaos [-- --jobs 10000 CELL…]`: every cell at full size, a line each, and a non-zero exit when one fails.
import { parseArgs } from 'node:util'
import { count } from '../measure/words.ts'
import { faultsOf } from './cell.ts'
import { cells } from './cells/index.ts'

const { values, positionals } = parseArgs({
  options: { jobs: { type: 'string', default: '10000' } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => cells.every((cell) => cell.name !== name))
if (unknown.length > 0) {
  console.error(`no such cell: ${unknown.join(', ')}. The cells: ${cells.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
let failed = 0
for (const cell of cells.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  console.log(`${cell.name}: ${cell.about}`)
  const started = performance.now()
  const result = await cell.run(Number(values.jobs))
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  const faults = faultsOf(result)
  const { runs, ended } = result.judgement.seen
  const ends = Object.entries(ended).map(([state, jobs]) => `${count(jobs)} ${state}`)
  const proof = Object.entries(result.proof).map(([name, times]) => `${name} ${count(times)}`)
  console.log(
    `  ${faults.length === 0 ? 'ok  ' : 'FAIL'} ${seconds} s; ${count(runs)} executions: ${ends.join(', ')}; ${proof.join(', ')}`,
  )
  for (const fault of faults.slice(0, 20)) console.log(`       ${fault}`)
  if (faults.length > 20) console.log(`       … and ${count(faults.length - 20)} more`)
  if (faults.length > 0) failed++
}
process.exitCode = failed === 0 ? 0 : 1
