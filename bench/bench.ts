// npm run bench -- CASE …: installs the peers it needs, tries their settings, alternates the contenders, prints medians,
// ratios, and which bars are met. bench/README.md tells the options.
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Case } from './lib/case.ts'
import { lacks, measure, type Measuring } from './lib/measure.ts'
import { installPeers, prepareContenders } from './lib/prepare.ts'
import { printResult, type Result } from './lib/print.ts'

const here = import.meta.dirname
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    args: { type: 'string' },
    'cpu-prof': { type: 'boolean' },
    'redis-stats': { type: 'boolean' },
    built: { type: 'boolean' },
  },
})
const known = globSync('*.ts', { cwd: join(here, 'cases') })
  .map((file) => basename(file, '.ts'))
  .sort()
const names = positionals[0] === 'all' ? known : positionals
if (names.length === 0 || names.some((name) => !known.includes(name))) {
  console.error(
    `usage: npm run bench -- CASE … [--rounds N] [--json] [--only NAME] [--args JSON] [--cpu-prof] [--redis-stats] [--built]\ncases: ${known.join(', ')}, all`,
  )
  process.exit(64)
}
const measuring: Measuring = {
  ...(values.rounds !== undefined && { rounds: Number(values.rounds) }),
  ...(values.only !== undefined && { only: values.only }),
  args: JSON.parse(values.args ?? '{}') as Record<string, unknown>,
  profile: values['cpu-prof'] === true,
  redisStats: values['redis-stats'] === true,
}
installPeers()
prepareContenders({ built: values.built === true })
const results: Result[] = []
for (const name of names) {
  const { default: asked } = (await import(join(here, 'cases', `${name}.ts`))) as { default: Case }
  const lacking = lacks(asked)
  if (lacking !== undefined) {
    console.error(`${name} is skipped: it ${lacking}`)
    continue
  }
  const result = await measure(asked, measuring)
  if (values.json !== true) printResult(asked, result)
  results.push(result)
}
if (values.json === true) console.log(JSON.stringify(results, null, 2))
