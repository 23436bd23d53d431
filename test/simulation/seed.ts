import { forbidAmbient } from './ambient.ts'
import { checkFinals } from './finals.ts'
import { type Mutant, mutants } from './mutants.ts'
import { Scenario } from './scenario.ts'
import { World } from './world.ts'

export interface SeedOptions {
  mutant?: string | undefined
  /** Lines that are kept for whoever reads; 0 by default. */
  keepLines?: number
}

export interface SeedResult {
  seed: number
  /** What was violated first; undefined when everything held. */
  violation: string | undefined
  digest: string
  steps: number
  virtualMs: number
  jobs: number
  runs: number
  calm: boolean
  lines: string[]
  /** What came up, and how often. */
  seen: ReadonlyMap<string, number>
}

/** A seed that has not ended after so many events goes round in circles. */
const stepsMax = 400_000

/** One seed from its first event to its last check. */
export async function runSeed(seed: number, { mutant, keepLines = 0 }: SeedOptions = {}): Promise<SeedResult> {
  const planted = mutant === undefined ? undefined : mutantNamed(mutant)
  const world = new World(seed, keepLines, planted)
  const undo = [
    forbidAmbient(
      (what) => world.fail(what),
      () => world.clock.machineMs,
    ),
    catchStrays(world),
    frugalErrors(keepLines > 0),
    planted?.plant?.(world) ?? (() => {}),
  ]
  const scenario = new Scenario(world)
  try {
    scenario.begin()
    await world.clock.run(
      () => scenario.done || world.violation !== undefined,
      (event) => world.trace.event(world.clock.nowMs, event.process?.name ?? 'world', event.label),
      () => {
        world.afterEvent()
        if (world.clock.steps > stepsMax) world.fail(`it has not ended after ${stepsMax} events`)
      },
    )
    if (world.violation === undefined && !scenario.done) world.fail('nothing is left to happen, and it has not ended')
    if (world.violation === undefined) await checkFinals(world, scenario)
  } finally {
    for (const one of undo.reverse()) one()
    world.end()
  }
  const { violation, clock, plan, runs, trace } = world
  const { jobs, profile } = plan
  return {
    seed,
    violation,
    digest: trace.digest(),
    steps: clock.steps,
    virtualMs: clock.nowMs,
    jobs: jobs.length,
    runs: runs.byReceipt.size,
    calm: profile.calm,
    lines: trace.last,
    seen: world.seen,
  }
}

function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((one) => one.name === name)
  if (mutant !== undefined) return mutant
  throw new Error(`No mutant is named ${name}. There are: ${mutants.map((one) => one.name).join(', ')}`)
}

/** A rejection that nobody awaits is a violation like any other. */
function catchStrays(world: World): () => void {
  const onStray = (error: unknown) =>
    world.fail(`a stray rejection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  process.on('unhandledRejection', onStray)
  return () => process.off('unhandledRejection', onStray)
}

/** Stacks cost more than everything else, and they differ between versions of Node. */
function frugalErrors(readable: boolean): () => void {
  const before = Error.stackTraceLimit
  if (!readable) Error.stackTraceLimit = 0
  return () => (Error.stackTraceLimit = before)
}
