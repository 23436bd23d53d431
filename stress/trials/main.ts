// `npm run trials -- [--url sqlite|postgres://…|mysql://…] [--kills 500]`: kills worker processes at every point of `job.commit`, and
// counts the effects. Ends with 0 when each is there once, and the wrong ways of doing it were caught.
import { parseArgs } from 'node:util'
import { redactUrl } from '../../src/base/text.ts'
import { count, time } from '../measure/words.ts'
import { openPlace } from './place.ts'
import { type Point, points, telling, type Way, ways } from './points.ts'
import { runTrial } from './trial.ts'

/** So many kills show what a wrong way does. */
const controlKills = 30

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'sqlite' },
    kills: { type: 'string', default: '500' },
    parallel: { type: 'string', default: '3' },
  },
})
const [kills, parallel] = [Number(values.kills), Number(values.parallel)]
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(parallel) || parallel < 1) {
  console.error('usage: npm run trials -- [--url sqlite|URL] [--kills N] [--parallel N]')
  process.exit(2)
}
console.log(`${count(kills)} kills on ${redactUrl(values.url)}, Node ${process.versions.node}`)
const right = await tell('commit', kills, points)
const caught = [await tell('outside', controlKills, telling), await tell('apart', controlKills, telling)]
const ok = right.length === 0 && caught.every((faults) => faults.length > 0)
console.log(ok ? 'ok: each effect once; both wrong ways were caught' : 'FAIL')
process.exitCode = ok ? 0 : 1

/** Runs one way of doing it, and says what came of it. */
async function tell(way: Way, kills: number, at: readonly Point[]): Promise<string[]> {
  await using place = await openPlace(values.url)
  const startedMs = performance.now()
  const { jobs, kills: killed, faults } = await runTrial(place, { way, kills, at, parallel, onKill: progress(kills) })
  const took = time(performance.now() - startedMs)
  console.log(`\n${ways[way]}: ${count(jobs)} jobs, ${count(kills)} kills in ${took}`)
  for (const point of at) console.log(`  ${String(killed[point] ?? 0).padStart(4)} ${point}`)
  console.log(`  ${faults.length === 0 ? 'each effect exactly once' : `${count(faults.length)} faults`}`)
  for (const fault of faults.slice(0, 5)) console.log(`    ${fault}`)
  return faults
}

function progress(all: number): (kills: number) => void {
  return (kills) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${kills}/${all} `)
    else if (kills % 50 === 0) console.error(`${kills}/${all}`)
  }
}
