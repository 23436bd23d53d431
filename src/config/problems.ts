import { nearest } from '../base/nearest.ts'
import { redactUrl } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type Option, type OptionName, options } from './options.ts'

/** The part of a zod issue that is looked at here, so that this file does not need zod. */
export interface Issue {
  code: string
  path: PropertyKey[]
  keys?: string[]
}

/** Keys that are no options, of which a file may have any number. */
const unknownMax = 20

/**
 * Says of each issue the option, its value, what is allowed, the nearest known name and where it came from. `spell` gives the
 * name as it is written in that source (`--grace`, `FIBER_WORK_GRACE`, `graceMs`).
 */
export function problemsOf(
  issues: readonly Issue[],
  values: Record<string, unknown>,
  known: readonly string[],
  about: { where: string; spell?: (name: string) => string; allowed?: Record<string, string> },
): string[] {
  const spell = about.spell ?? ((name: string) => `\`${name}\``)
  const told = new Set<string>()
  return issues.flatMap((issue) => {
    const name = String(issue.path[0] ?? '')
    // Of a long list each item may be wrong: the option is told once, with what is allowed.
    if (issue.path.length > 0 && told.has(name)) return []
    told.add(name)
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      return (issue.keys ?? []).slice(0, unknownMax).map((key) => unknownOption(about.where, key, known, spell))
    }
    const allowed = optionOf(name)?.allowed ?? about.allowed?.[name] ?? 'something else'
    return [`${about.where}: ${spell(name)} is ${shownValue(name, values[name])}; allowed is ${allowed}.`]
  })
}

export function unknownOption(
  where: string,
  key: string,
  known: readonly string[],
  spell = (name: string) => `\`${name}\``,
): string {
  const near = nearest(key, known)
  const hint = near === undefined ? `Known are ${known.map(spell).join(', ')}.` : `Did you mean ${spell(near)}?`
  return `${where}: there is no option \`${key.length > 80 ? `${key.slice(0, 80)}…` : key}\`. ${hint}`
}

export function invalid(problems: string[]): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', problems.join('\n'))
}

function optionOf(name: string): Option | undefined {
  return Object.hasOwn(options, name) ? options[name as OptionName] : undefined
}

/** A value as a message may show it: short, and never a secret. */
function shownValue(name: string, value: unknown): string {
  const secret = name === 'encryption' ? 'whole' : optionOf(name)?.secret
  if (secret === 'whole') return 'not that'
  if (secret === true) {
    // Only what looks like a URL is shown, without its password: anything else may be one.
    return typeof value === 'string' && /^[a-z][a-z0-9+.-]*:/i.test(value)
      ? JSON.stringify(redactUrl(value))
      : 'not a URL'
  }
  if (typeof value === 'function') return 'a function'
  const text = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
