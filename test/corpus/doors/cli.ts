import { Command } from 'commander'
import { Readable } from 'node:stream'
import { vi } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { main } from '../../../src/cli/main.ts'

/** Commands that run on, or that are about this machine and not about what they are given. */
const others = new Set([
  'work',
  'demo',
  'stress',
  'doctor',
  'reload',
  'supervise',
  'top',
  'completion',
  '__complete',
  'api',
  'tokens',
])

export interface Said {
  code: number
  stdout: string
  stderr: string
}

/** The command line inside of this process. `src/cli/process.ts` is to be mocked, so that nothing ends it. */
export async function run(argv: readonly string[], stdin = ''): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const spies = [
    ...(['stdout', 'stderr'] as const).map((stream) =>
      vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
        said[stream] += String(chunk)
        return true
      }),
    ),
    vi
      .spyOn(process, 'stdin', 'get')
      .mockReturnValue(Readable.from([Buffer.from(stdin)]) as unknown as typeof process.stdin),
  ]
  process.exitCode = undefined
  try {
    await main([...argv])
    return { code: Number(process.exitCode ?? 0), ...said }
  } finally {
    process.exitCode = undefined
    for (const spy of spies) spy.mockRestore()
  }
}

/** A place of the command line where somebody's text goes in. */
export interface CliSlot {
  at: string
  argv: (text: string) => string[]
}

/** Every argument and every option with a value of every command that acts on a store, found by asking the commands themselves. */
export async function cliSlots(url: string): Promise<CliSlot[]> {
  const slots: CliSlot[] = []
  for (const { name, load } of commands) {
    if (others.has(name)) continue
    const command = new Command(name)
    const { register } = await load()
    register(command)
    for (const [path, own] of withSubcommands(name, command)) slots.push(...slotsOf(path, own, url))
  }
  return slots
}

function withSubcommands(name: string, command: Command): [string[], Command][] {
  return [[[name], command], ...command.commands.map((sub): [string[], Command] => [[name, sub.name()], sub])]
}

/** What is needed beside, so that the command comes as far as to look at the text. */
const usual: Record<string, string> = {
  NAME: 'job',
  JSON: '{}',
  ID: 'some',
  IDS: 'some',
  QUEUE: 'q',
  QUEUES: 'q',
  JOB: 'job',
}

function slotsOf(path: readonly string[], command: Command, url: string): CliSlot[] {
  const args = command.registeredArguments.map((argument) => argument.name().replace(/\W/g, ''))
  const given = args.map((name) => usual[name] ?? 'some')
  const at = ['--url', url, '--json']
  const flags = command.options.filter(
    ({ required, optional, long }) =>
      (required || optional) && long !== '--url' && long !== '--api' && long !== '--config',
  )
  return [
    ...args.map((name, n) => ({
      at: `${path.join(' ')} <${name}>`,
      argv: (text: string) => [...path, ...given.map((one, i) => (i === n ? text : one)), ...at],
    })),
    ...flags.map(({ long }) => ({
      at: `${path.join(' ')} ${long}`,
      argv: (text: string) => [...path, ...given, ...at, `${long}=${text}`],
    })),
  ]
}
