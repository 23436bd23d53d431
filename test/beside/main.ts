// `npm run beside -- --other FOLDER [--json] [STORE…]`: this build and another one, built in FOLDER, at work on one store at the same time, on each store in
// both orders of who has made it. Ends with 0 when nothing is wrong.
import { parseArgs } from 'node:util'
import { time } from '../../stress/measure/words.ts'
import { root } from '../support/project.ts'
import { buildAt } from './build.ts'
import { openPlace, placeNames } from './places.ts'
import { runBeside } from './run.ts'

const { values, positionals } = parseArgs({
  options: { other: { type: 'string' } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => !placeNames.includes(name))
if (values.other === undefined || unknown.length > 0) {
  console.error(`usage: npm run beside -- --other FOLDER [STORE…], with stores of ${placeNames.join(', ')}`)
  process.exit(2)
}
const [ours, other] = [buildAt(root), buildAt(values.other)]
let failed = 0
for (const name of positionals.length > 0 ? positionals : placeNames) {
  for (const [first, second] of [
    [other, ours],
    [ours, other],
  ] as const) {
    await using place = await openPlace(name)
    const startedMs = performance.now()
    const problems = await told(`${name}, made by ${first.version}`, () => runBeside(place, first, second))
    console.log(`     ${time(performance.now() - startedMs)}`)
    if (problems > 0) failed++
  }
}
process.exitCode = failed === 0 ? 0 : 1

/** Says what came of it; answers how many problems there are. */
async function told(what: string, run: () => ReturnType<typeof runBeside>): Promise<number> {
  const { problems, seen } = await run().catch((error: Error) => ({ problems: [error.message], seen: {} }))
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${what}`)
  for (const [name, count] of Object.entries(seen)) console.log(`     ${name}: ${count}`)
  for (const problem of problems.slice(0, 20)) console.log(`       ${problem}`)
  if (problems.length > 20) console.log(`       … and ${problems.length - 20} more`)
  return problems.length
}
