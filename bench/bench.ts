// npm run bench -- CASE [--json] [--rounds N]: installs the peers it needs, alternates the contenders, prints medians and ratios.
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { startService } from '../stress/service/service.ts'
import type { Case } from './lib/case.ts'
import { contend } from './lib/contend.ts'
import { installPeers, prepareContenders } from './lib/prepare.ts'
import { printTable } from './lib/print.ts'
import { type Row, rowsOf, type Samples } from './lib/stats.ts'

const here = import.meta.dirname

async function measure(asked: Case, rounds: number): Promise<Row[]> {
  const samples: Samples = new Map(asked.contenders.map((contender) => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    // Every other round backwards: whoever always runs second gets the warmer machine.
    const order = round % 2 === 0 ? asked.contenders : asked.contenders.toReversed()
    for (const contender of order) {
      await using service = asked.service === undefined ? undefined : await startService(asked.service)
      const metrics = await contend(contender, service === undefined ? {} : { origins: service.origins })
      samples.get(contender)!.push(metrics)
      console.error(`  round ${round + 1}/${rounds}  ${contender.name}  ${JSON.stringify(metrics)}`)
    }
  }
  return rowsOf(asked, samples)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, rounds: { type: 'string' } },
})
const known = globSync('*.ts', { cwd: join(here, 'cases') })
  .map((file) => basename(file, '.ts'))
  .sort()
const names = positionals[0] === 'all' ? known : positionals
if (names.length === 0 || names.some((name) => !known.includes(name))) {
  console.error(`usage: npm run bench -- CASE [--json] [--rounds N]\ncases: ${known.join(', ')}, all`)
  process.exit(64)
}
installPeers()
prepareContenders()
const all: Row[] = []
for (const name of names) {
  const { default: asked } = (await import(join(here, 'cases', `${name}.ts`))) as { default: Case }
  const rows = await measure(asked, Number(values.rounds ?? asked.rounds ?? 5))
  if (!values.json) printTable(asked, rows)
  all.push(...rows)
}
if (values.json) console.log(JSON.stringify(all, null, 2))
