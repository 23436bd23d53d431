import { Command } from 'commander'
import { plain } from '../base/text.ts'
import { systemEnv, within } from '../base/env.ts'
import { commands, defaultCommand } from './commands.ts'
import { type Candidate, valuesOf } from './complete-values.ts'
import { wordsOf } from './complete-words.ts'
import type { Given } from './flags.ts'

/** A shell waits for us while somebody looks at it. */
const askMsMax = 1_000

/** `fiber-work __complete -- WORD…`, the last one being typed still; or `--line LINE`, as it was typed. */
export function register(command: Command): void {
  command.argument('[WORD...]').option('--line <LINE>')
  command.action(async (words: string[], { line }: { line?: string }) => {
    const typed = line === undefined ? words : wordsOf(line).slice(1)
    const found = await complete(typed.length === 0 ? [''] : typed).catch(() => [])
    // Bash replaces what follows the last colon or equals sign only.
    const cut = line === undefined ? 0 : (/^.*[:=]/.exec(typed.at(-1) ?? '')?.[0].length ?? 0)
    const lines = found.map(({ word, about = '' }) => `${plain(word).slice(cut)}\t${plain(about)}\n`)
    process.stdout.write(lines.join(''))
  })
}

/** What may stand in the place of the last word. */
async function complete(words: readonly string[]): Promise<Candidate[]> {
  const current = words.at(-1)!
  const entry = commands.find(({ name }) => name === words[0])
  if (words.length === 1 && !current.startsWith('-'))
    return fitting(
      commands.map(({ name, summary }) => ({ word: name, about: summary })),
      current,
    )
  const { name, load } = entry ?? commands.find((one) => one.name === defaultCommand)!
  const command = new Command(name)
  ;(await load()).register(command)
  const before = words.slice(entry === undefined ? 0 : 1, -1)
  const place = placeOf(command, before)
  if (place.value === undefined && current.startsWith('-')) return fitting(flagsOf(command), current)
  const asking = valuesOf(name, place)
  let found: Candidate[] = []
  await within(
    systemEnv,
    askMsMax,
    asking.then((values) => (found = values)),
  )
  return fitting(found, current)
}

function fitting(candidates: readonly Candidate[], current: string): Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(current) && word !== '')
}

function flagsOf(command: Command): Candidate[] {
  return command.options.flatMap(({ long, hidden, description }) =>
    hidden || long == null ? [] : [{ word: long, about: description }],
  )
}

/** Where on its line a command is. */
export interface Place {
  /** The flag whose value comes next, in its long form. */
  value: string | undefined
  /** The positional argument that comes next, as the help calls it. */
  argument: { name: string; about: string } | undefined
  /** Positional arguments so far. */
  args: string[]
  given: Given
}

function placeOf(command: Command, before: readonly string[]): Place {
  const args: string[] = []
  const given: Given = {}
  let value: string | undefined
  for (const word of before) {
    if (value !== undefined) {
      put(given, command, value, word)
      value = undefined
    } else if (word.startsWith('-') && word !== '-') {
      const [flag = '', text] = word.split(/=(.*)/s)
      const option = command.options.find(({ long, short }) => long === flag || short === flag)
      if (option?.required === true && text === undefined) value = flag
      else if (option !== undefined) put(given, command, flag, text ?? true)
    } else {
      args.push(word)
    }
  }
  const positional = command.registeredArguments[args.length] ?? command.registeredArguments.at(-1)
  const isOpen = args.length < command.registeredArguments.length || positional?.variadic === true
  const argument =
    isOpen && positional !== undefined ? { name: positional.name(), about: positional.description } : undefined
  return { value, argument, args, given }
}

function put(given: Given, command: Command, flag: string, value: string | true): void {
  const option = command.options.find(({ long, short }) => long === flag || short === flag)
  if (option !== undefined) given[option.attributeName()] = value
}
