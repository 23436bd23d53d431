// `npm run semantics [-- --driver NAME …] [--laws | --faults | --collect] [--jobs N] [--quick] [CELL…]`: runs the conformance tests and the chaos
// matrix of the drivers, or some cells of it, and keeps what they have shown in docs/semantics.json; `--collect` takes what the last `npm test` has
// shown. Then `npm run docs` writes docs/semantics.md from it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { matrices } from '../../stress/chaos/matrix.ts'
import { drivers } from './drivers.ts'
import type { Fault } from '../../stress/chaos/fault.ts'
import { type Evidence, evidencePath, lawsOfRun, readEvidence, type SizedFault } from './evidence.ts'

const { values, positionals } = parseArgs({
  options: {
    driver: { type: 'string', multiple: true },
    laws: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
    collect: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '10000' },
    quick: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const known = drivers.map(({ name }) => name)
const names = values.driver ?? known
const strange = names.filter((name) => !known.includes(name))
if (strange.length > 0) {
  console.error(`no such driver: ${strange.join(', ')}. The drivers: ${known.join(', ')}`)
  process.exit(2)
}
const both = values.laws === values.faults && !values.collect
const folder = mkdtempSync(join(tmpdir(), 'fiber-work-semantics-'))
if (!values.collect) process.env['FIBER_WORK_EVIDENCE'] = folder
const evidence = readEvidence()
let failed = false
for (const name of names) {
  if (both || values.laws) tryLaws(name)
  if (both || values.laws || values.collect) keepLaws(name, evidence)
  if ((both || values.faults) && matrices[name] !== undefined) tryFaults(name, evidence)
  writeFileSync(evidencePath, `${JSON.stringify(inOrder(evidence), null, 1)}\n`)
}
rmSync(folder, { recursive: true })
spawnSync(process.execPath, ['.ci/docs.js'], { stdio: 'inherit' })
process.exitCode = failed ? 1 : 0

function tryLaws(name: string): void {
  console.log(`${name}: the laws`)
  run(['node_modules/vitest/vitest.mjs', 'run', `drivers/${name}/conformance.test.ts`])
}

function keepLaws(name: string, { laws }: Evidence): void {
  const told = lawsOfRun(name)
  if (told === undefined) fail(`${name}: its conformance tests did not run to their end`)
  else laws[name] = told
}

function tryFaults(name: string, { faults }: Evidence): void {
  const out = join(folder, `${name}-faults.json`)
  console.log(`${name}: the faults`)
  const size = ['--jobs', values.jobs, ...(values.quick ? ['--quick'] : [])]
  run(['stress/chaos/main.ts', '--url', name, ...size, '--json', out, ...positionals])
  const tried = JSON.parse(readFileSync(out, 'utf8')) as Fault[]
  const sized = { jobs: Number(values.jobs), quick: values.quick }
  const fresh = tried.map((fault): SizedFault => ({ ...fault, ...sized }))
  const known = faults[name] ?? []
  // In the order of the matrix; what was not tried now is as it was.
  faults[name] = matrices[name]!.cells.flatMap(
    ({ name: cell }) => [...fresh, ...known].find((fault) => fault.cell === cell) ?? [],
  )
}

function run(args: string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) fail(`node ${args.join(' ')} ended with ${status}`)
}

function fail(message: string): void {
  console.error(message)
  failed = true
}

/** Drivers in the order of the page, so that a new run changes only what has changed. */
function inOrder({ laws, faults }: Evidence): Evidence {
  const sorted = <T>(of: Record<string, T>): Record<string, T> =>
    Object.fromEntries(known.flatMap((name) => (of[name] === undefined ? [] : [[name, of[name]]])))
  return { laws: sorted(laws), faults: sorted(faults) }
}
