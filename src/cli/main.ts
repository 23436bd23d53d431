import { Command, CommanderError } from 'commander'
import { nearest } from '../base/nearest.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type CommandEntry, commands, completing, defaultCommand } from './commands.ts'
import { reportError } from './report.ts'
import { leave, survivePipes } from './process.ts'
import { beginAnswer, outputOf } from './output.ts'
import { version } from '../connect/version.ts'

const flagsOfRoot = new Set(['-h', '--help', '-V', '--version', 'help'])

/**
 * The command line: `argv` without node and script. Sets the process's exit code (src/cli/exit-codes.ts), and sees to it
 * that the process ends also when a user's module left something open.
 */
export async function main(argv: string[]): Promise<void> {
  survivePipes()
  beginAnswer()
  try {
    await run(argv)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return leave(0)
    const output = outputOf({ json: argv.includes('--json'), verbose: argv.includes('--verbose') })
    return leave(reportError(output, asOurs(error)))
  }
  leave(process.exitCode)
}

async function run(argv: string[]): Promise<void> {
  const [first] = argv
  if (first !== undefined && flagsOfRoot.has(first)) {
    if (first !== 'help' || argv.length === 1) return help(first)
    return run([...argv.slice(1), '--help'])
  }
  const named = [...commands, completing].find(({ name }) => name === first)
  if (named === undefined && first !== undefined && !first.startsWith('-')) throw noCommand(first)
  const entry = named ?? commands.find(({ name }) => name === defaultCommand)!
  const command = commandOf(entry)
  const { register } = await entry.load()
  register(command)
  await command.parseAsync(named === undefined ? argv : argv.slice(1), { from: 'user' })
}

function commandOf({ name, summary }: CommandEntry): Command {
  return quiet(new Command(`fiber-work ${name}`).description(summary))
}

/** Errors come to us as exceptions, so that they all look alike. */
function quiet(command: Command): Command {
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .allowExcessArguments(false)
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError(false)
}

function help(flag: string): void {
  if (flag === '-V' || flag === '--version') {
    process.stdout.write(`${version}\n`)
    return
  }
  const program = quiet(new Command('fiber-work')).usage('[command] [options]')
  program.description('Runs I/O-bound jobs, thousands at once in one process.')
  for (const { name, summary } of commands) program.command(name).description(summary)
  program.helpCommand(false).addHelpText('after', '\nfiber-work COMMAND --help tells more about each.')
  program.outputHelp()
}

function noCommand(name: string): FiberWorkError {
  const known = commands.map((command) => command.name)
  const near = nearest(name, known)
  const hint = near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean "${near}"?`
  return new FiberWorkError(
    'FW_CONFIG_INVALID',
    `There is no command "${name.length > 80 ? `${name.slice(0, 80)}…` : name}". ${hint}`,
  )
}

/** What commander says, in our words: `error: unknown option '--x'\n(Did you mean --y?)`. */
function asOurs(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  const text = error.message.replace(/^error: /, '').replace(/\n\((.*)\)$/, '. $1')
  const sentence = text.charAt(0).toUpperCase() + text.slice(1)
  return new FiberWorkError('FW_CONFIG_INVALID', /[.?]$/.test(sentence) ? sentence : `${sentence}.`)
}
