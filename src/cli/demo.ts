import type { Command } from 'commander'
import { options as settings } from '../config/options.ts'
import { exitCodes } from './exit-codes.ts'
import { addOutputFlags, collect } from './flags.ts'
import { loadDrivers } from './load/drivers.ts'
import { type OutputOptions, outputOf, paint } from './output.ts'
import { audienceOf } from './run-audience.ts'
import { countFlag, latencyOption, placeOf } from './run-flags.ts'
import { Interrupts } from './run-interrupts.ts'

interface DemoFlags extends OutputOptions {
  jobs: number
  concurrency: number
  latency: number
  url?: string
  ledger?: string
  driver?: string[]
  dashboard: boolean
  keep?: boolean
}

/** `fiber-work demo` */
export function register(command: Command): void {
  command
    .option('--jobs <N>', 'webhooks to deliver', countFlag('jobs', 1, 1_000_000), 10_000)
    .option('--concurrency <N>', 'how many at once', countFlag('concurrency', 1, 100_000), 10_000)
    .addOption(latencyOption('how long the service takes'))
    .option('--url <URL>', 'a store of your own (default: a temporary SQLite file)')
    .option('--ledger <URL>', settings.ledger.help)
    .option('--driver <FILE>', settings.drivers.help, collect)
    .option('--no-dashboard', 'a progress bar instead of the dashboard')
    .option('--keep', 'keep the jobs, to look at them afterwards')
  addOutputFlags(command).addHelpText('after', help).action(demo)
}

const help = `
Starts a slow HTTP service on 127.0.0.1 in a process of its own, enqueues webhooks,
delivers them all at once from this process, checks that each arrived exactly once,
prints what it took, and leaves nothing behind.`

async function demo(flags: DemoFlags): Promise<void> {
  const { jobs, concurrency, latency: latencyMs, keep = false } = flags
  const output = outputOf(flags)
  const [{ runDemo }, { summaryOf }] = await Promise.all([
    import('../../stress/demo/run.ts'),
    import('../../stress/demo/summary.ts'),
  ])
  await loadDrivers(flags.driver)
  using interrupts = new Interrupts(output)
  await using audience = audienceOf(output, flags.dashboard, interrupts)
  const { stop, hurry } = interrupts
  const options = { jobs, concurrency, latencyMs, keep, audience, stop, hurry, ...placeOf(flags) }
  const result = await runDemo(options)
  await audience.close()
  const { passed, headline, text } = summaryOf(result)
  const title = paint(['bold', passed ? 'green' : 'red'], headline)
  output.answer(result.report, `\n${title}\n\n${text}\n`)
  process.exitCode = result.interrupted
    ? exitCodes.interrupted.code
    : passed
      ? exitCodes.ok.code
      : exitCodes.failed.code
}
