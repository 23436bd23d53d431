// `npm run isolation [-- --mode production|strict --innocents 1000 --json KIND…]`: every kind of hostile job among innocents, a line
// each, and a non-zero exit when one comes to something else than its file says. `npm run isolation -- tenants` is another proof.
import { parseArgs } from 'node:util'
import { type CellOptions, runCell } from './cell.ts'
import type { CellReport } from './judge.ts'
import { type Mode, modes, type PlacedKind } from './kind.ts'
import { kinds } from './kinds/index.ts'
import { hasThreads, missing } from './needs.ts'
import { headline, summary } from './table.ts'
import { tenantsMain } from './tenants/main.ts'

if (process.argv[2] === 'tenants') process.exit(await tenantsMain(process.argv.slice(3)))

const { values, positionals } = parseArgs({
  options: {
    kind: { type: 'string', multiple: true, default: [] },
    mode: { type: 'string', multiple: true, default: [...modes] },
    innocents: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const innocentsOf: Record<Mode, number> = { production: 1_000, strict: 100, thread: 1_000 }
const asked = [...values.kind, ...positionals]
const wrong = asked.filter((name) => kinds.every((kind) => kind.name !== name))
const innocents = values.innocents === undefined ? undefined : Number(values.innocents)
const isWrong =
  !values.mode.every((mode) => modes.includes(mode as Mode)) || (innocents !== undefined && !(innocents >= 30))
if (wrong.length > 0 || isWrong) {
  if (wrong.length > 0) console.error(`no such kind: ${wrong.join(', ')}`)
  console.error(
    'usage: npm run isolation -- [--mode production|strict|thread] [--innocents N] [--json] [KIND…]; N is 30 or more',
  )
  console.error(`The kinds: ${kinds.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const say = values.json ? () => {} : console.log
const reports: CellReport[] = []
for (const kind of kinds.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  say(`${kind.name}: ${kind.about}`)
  const lacks = missing(kind.needs)
  if (lacks.length > 0) {
    say(`  skip: this build has no ${lacks.join(', ')}`)
    continue
  }
  for (const mode of (values.mode as Mode[]).filter((mode) => runsIn(kind, mode)))
    reports.push(await tell(kind, { mode, innocents: innocents ?? innocentsOf[mode] }))
}
console.log(values.json ? JSON.stringify(reports, undefined, 2) : `\n${summary(reports)}`)
process.exitCode = reports.every(({ ok }) => ok) ? 0 : 1

function runsIn(kind: PlacedKind, mode: Mode): boolean {
  if (mode !== 'thread') return true
  if (kind.thread !== undefined && !hasThreads) say("  skip thread: this build has no `lane: 'thread'`")
  return kind.thread !== undefined && hasThreads
}

async function tell(kind: PlacedKind, options: CellOptions): Promise<CellReport> {
  const started = performance.now()
  const report = await runCell(kind, options)
  say(headline(report, (performance.now() - started) / 1_000))
  for (const problem of report.problems.slice(0, 12)) say(`       ${problem}`)
  return report
}
