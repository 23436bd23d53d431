import { parseArgs } from 'node:util'
import { runSeed, type SeedResult } from './seed.ts'

// npm run simulate -- [--seeds 1000] [--from 1] [--seed N [--trace]] [--mutant NAME] [--audit]

const clockMs = performance.now.bind(performance)
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutant: { type: 'string' },
    /** Print what happened. */
    trace: { type: 'boolean', default: false },
    /** Run each fiftieth seed twice and compare the digests. */
    audit: { type: 'boolean', default: true },
    /** Go on after a failing seed, and tell at the end which failed. */
    all: { type: 'boolean', default: false },
  },
})
const { mutant } = values
const only = values.seed === undefined ? undefined : Number(values.seed)
const from = only ?? Number(values.from)
const count = only === undefined ? Number(values.seeds) : 1
const failed: SeedResult[] = []
const total = { steps: 0, virtualMs: 0, jobs: 0, runs: 0, audited: 0 }
const startedMs = clockMs()
let toldMs = startedMs
const seen = new Map<string, number>()

for (let seed = from; seed < from + count; seed++) {
  const result = await runSeed(seed, { mutant, keepLines: only === undefined ? 0 : values.trace ? 1_000_000 : 60 })
  for (const key of ['steps', 'virtualMs', 'jobs', 'runs'] as const) total[key] += result[key]
  for (const [what, times] of result.seen) seen.set(what, (seen.get(what) ?? 0) + times)
  if (only !== undefined) show(result)
  else if (values.audit && seed % 50 === 0) await auditSeed(result)
  if (result.violation !== undefined && only === undefined) await tellFailure(result)
  if (failed.length > 0 && !values.all) break
  if (clockMs() - toldMs > 2_000) progress(seed - from + 1)
}
progress(count)
if (only === undefined)
  console.log(
    `met: ${[...seen]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, times]) => `${what} ${times}`)
      .join(', ')}`,
  )
if (failed.length > 0) {
  console.log(`${failed.length} seeds failed: ${failed.map(({ seed }) => seed).join(' ')}`)
  process.exitCode = 1
} else if (only === undefined) {
  console.log(`All of ${count} seeds hold; ${total.audited} were run twice with the same digest.`)
}

/** The same seed must give the same trace. */
async function auditSeed(first: SeedResult): Promise<void> {
  const again = await runSeed(first.seed, { mutant })
  total.audited++
  if (again.digest !== first.digest)
    await tellFailure({ ...first, violation: `seed ${first.seed} ran twice and gave two traces` })
}

async function tellFailure(result: SeedResult): Promise<void> {
  failed.push(result)
  if (failed.length > 20) return
  if (values.all) return console.log(`seed ${result.seed}: ${result.violation}`)
  show(await runSeed(result.seed, { mutant, keepLines: 60 }))
}

function show({ seed, violation, digest, steps, virtualMs, jobs, runs, lines }: SeedResult): void {
  for (const line of lines) console.log(line)
  console.log(
    `seed ${seed}: ${jobs} jobs, ${runs} runs, ${steps} events, ${(virtualMs / 1_000).toFixed(1)} virtual seconds, digest ${digest}`,
  )
  if (violation === undefined) return
  console.log(`violated: ${violation}`)
  console.log(`again: npm run simulate -- --seed ${seed} --trace${mutant === undefined ? '' : ` --mutant ${mutant}`}`)
  if (only !== undefined) process.exitCode = 1
}

function progress(seeds: number): void {
  toldMs = clockMs()
  const seconds = (toldMs - startedMs) / 1_000
  const rate = Math.round(total.steps / seconds).toLocaleString('en')
  console.error(
    `${seeds} seeds, ${total.runs} runs of ${total.jobs} jobs, ${(total.virtualMs / 3.6e6).toFixed(1)} virtual hours, ${rate} events/s, ${seconds.toFixed(1)} s`,
  )
}
