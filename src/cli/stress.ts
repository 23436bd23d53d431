import type { Command } from 'commander'
import { systemEnv } from '../base/env.ts'
import { options as settings } from '../config/options.ts'
import { exitCodes } from './exit-codes.ts'
import { addOutputFlags, collect } from './flags.ts'
import { loadDrivers } from './load/drivers.ts'
import { type OutputOptions, outputOf, paint } from './output.ts'
import { audienceOf } from './run-audience.ts'
import { countFlag, latencyOption, placeOf } from './run-flags.ts'
import { Interrupts } from './run-interrupts.ts'

interface StressFlags extends OutputOptions {
  jobs: number
  concurrency: number
  latency: number
  mix: string
  seed?: number
  url?: string
  ledger?: string
  driver?: string[]
  dashboard?: boolean
}

/** `fiber-work stress` */
export function register(command: Command): void {
  command
    .option('--jobs <N>', 'how many', countFlag('jobs', 1, 10_000_000), 10_000)
    .option('--concurrency <N>', 'how many at once', countFlag('concurrency', 1, 100_000), 10_000)
    .addOption(latencyOption('of the slow service, and the longest sleep'))
    .option('--mix <SHARES>', 'share of each kind of job', 'sleep=60,http=20,fail=10,timeout=4,leak=3,block=3')
    .option('--seed <N>', 'draws the same jobs again', countFlag('seed', 0, 2 ** 32 - 1))
    .option('--url <URL>', 'a store of your own (default: a temporary SQLite file)')
    .option('--ledger <URL>', settings.ledger.help)
    .option('--driver <FILE>', settings.drivers.help, collect)
    .option('--dashboard', 'show the dashboard')
  addOutputFlags(command).addHelpText('after', help).action(stress)
}

const help = `
Kinds of jobs: sleep waits, http asks a slow service, fail throws, timeout takes too long
or never ends, leak leaves promises, timers and calls behind, block keeps the event loop
for 50 to 200 ms. Each has to end in a certain way after a certain number of executions.
Ends with 0 when every job did, else with 1, and tells which did not.`

async function stress(flags: StressFlags): Promise<void> {
  const { jobs, concurrency, latency: latencyMs } = flags
  const output = outputOf(flags)
  const [{ runStress }, { summaryOf }, { parseMix }] = await Promise.all([
    import('../../stress/run/stress.ts'),
    import('../../stress/run/summary.ts'),
    import('../../stress/jobs/mix.ts'),
  ])
  const seed = flags.seed ?? Math.floor(systemEnv.random() * 2 ** 32)
  const mix = parseMix(flags.mix)
  await loadDrivers(flags.driver)
  using interrupts = new Interrupts(output)
  await using audience = audienceOf(output, flags.dashboard === true, interrupts)
  const { stop, hurry } = interrupts
  const options = { jobs, concurrency, latencyMs, mix, seed, audience, stop, hurry, ...placeOf(flags) }
  const result = await runStress(options)
  await audience.close()
  const { passed, headline, text, problems } = summaryOf(result)
  const title = paint(['bold', passed ? 'green' : 'red'], headline)
  output.answer(result.report, `\n${title}\n\n${text}\n  seed        ${seed}\n`)
  if (problems !== '') output.note(problems, 'red')
  process.exitCode = result.interrupted
    ? exitCodes.interrupted.code
    : passed
      ? exitCodes.ok.code
      : exitCodes.failed.code
}
