import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ContextProbe } from '../contract/context-probe.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type Config, optionNames, type OptionName, options, type Settings, variableOf } from './options.ts'
import { invalid, type Issue, problemsOf, unknownOption } from './problems.ts'
import { allowedInFiles, fileSchema, partialSchema } from './schema.ts'
import { readText } from './text.ts'
import { warningsOf } from './warnings.ts'

export interface Loaded {
  settings: Settings
  /** Where each value came from: `--url`, `FIBER_WORK_URL`, `fiber-work.config.ts`, `default`. */
  origins: Record<OptionName, string>
  /** The config file that was read. */
  file: string | undefined
  /** What works and is probably not meant. */
  warnings: string[]
  /** Of the config file: no flag could say it. */
  contextProbes: ContextProbe[]
}

export interface LoadOptions {
  /** Flags that were given, by option name; texts as typed. */
  flags: Partial<Record<OptionName, unknown>>
  /** A config file to read instead of looking for one. */
  configFile?: string | undefined
  env?: NodeJS.ProcessEnv
  folder?: string
  /** Imports a module, TypeScript included, and answers its default export. */
  importFile: (path: string) => Promise<unknown>
}

const fileNames = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].map((ending) => `fiber-work.config.${ending}`)
/** Ours too, and no options. */
const otherVariables = new Set(['FIBER_WORK_CONFIG', 'FIBER_WORK_SUPERVISED', 'FIBER_WORK_REQUIRE_SERVICES'])

interface Source {
  where: string
  values: Record<string, unknown>
  spell: (name: string) => string
  origin: (name: OptionName) => string
  schema?: typeof fileSchema
  allowed?: Record<string, string>
}

/**
 * Flags win over variables, variables over the file, the file over the defaults; all of them go through one schema.
 * Throws `FW_CONFIG_INVALID` with every problem of every source, `FW_CONFIG_UNREADABLE`.
 */
export async function loadSettings(request: LoadOptions): Promise<Loaded> {
  const env = request.env ?? process.env
  const warnings: string[] = []
  const file = findFile(request.folder ?? process.cwd(), request.configFile ?? env['FIBER_WORK_CONFIG'], warnings)
  const sources = [
    ...(file === undefined ? [] : [fileSource(file, await readFile(file, request.importFile))]),
    variableSource(env, warnings),
    flagSource(request.flags),
  ]
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  const origins = Object.fromEntries(optionNames.map((name) => [name, 'default'])) as Record<OptionName, string>
  for (const name of optionNames) if ('default' in options[name]) values[name] = options[name].default
  for (const source of sources) {
    const checked = (source.schema ?? partialSchema).safeParse(source.values)
    if (!checked.success)
      problems.push(...problemsOf(checked.error.issues as Issue[], source.values, optionNames, source))
    for (const name of optionNames) {
      if (source.values[name] === undefined) continue
      values[name] = source.values[name]
      origins[name] = source.origin(name)
    }
  }
  if (problems.length > 0) throw invalid(problems)
  // No flag could say them, so that only the file has any.
  const { keep, tokens, contextProbes = [] } = sources[0]!.values as Pick<Config, 'keep' | 'tokens' | 'contextProbes'>
  const settings = { ...values, ...(keep && { keep }), ...(tokens && { tokens }) } as unknown as Settings
  return { settings, origins, file, warnings: [...warnings, ...warningsOf(settings, origins)], contextProbes }
}

function findFile(folder: string, asked: string | undefined, warnings: string[]): string | undefined {
  if (asked !== undefined) {
    const path = resolve(folder, asked)
    if (existsSync(path)) return path
    throw new FiberWorkError('FW_CONFIG_UNREADABLE', `The config file ${path} does not exist.`)
  }
  const found = fileNames.filter((name) => existsSync(join(folder, name)))
  if (found.length > 1) warnings.push(`There are ${found.join(' and ')}; ${found[0]} is used.`)
  return found[0] === undefined ? undefined : join(folder, found[0])
}

async function readFile(path: string, importFile: LoadOptions['importFile']): Promise<Record<string, unknown>> {
  const exported = path.endsWith('.json') ? await importJson(path) : await importFile(path)
  const value: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value satisfies Config).filter(([, each]) => each !== undefined))
  }
  throw new FiberWorkError(
    'FW_CONFIG_UNREADABLE',
    `The config file ${path} must export an object of options by default.`,
  )
}

async function importJson(path: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(path).href, { with: { type: 'json' } })) as { default: unknown }).default
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FiberWorkError('FW_CONFIG_UNREADABLE', `The config file ${path} is not JSON: ${why}`, { cause })
  }
}

function fileSource(path: string, values: Record<string, unknown>): Source {
  const spell = (name: string) => `\`${name}\``
  return { where: path, values, spell, origin: () => path, schema: fileSchema, allowed: allowedInFiles }
}

function variableSource(env: NodeJS.ProcessEnv, warnings: string[]): Source {
  const spell = (name: string) => variableOf(name as OptionName)
  const known = optionNames.map(variableOf)
  const values: Record<string, unknown> = {}
  for (const name of optionNames) {
    const text = env[spell(name)]
    if (text !== undefined && text !== '') values[name] = readText[options[name].kind](text)
  }
  for (const variable of Object.keys(env)) {
    // Not an error: the environment of a machine may hold the variables of another version.
    if (!variable.startsWith('FIBER_WORK_') || known.includes(variable) || otherVariables.has(variable)) continue
    warnings.push(unknownOption('environment', variable, known, (name) => name))
  }
  return { where: 'environment', values, spell, origin: spell }
}

function flagSource(flags: LoadOptions['flags']): Source {
  const spell = (name: string) => `--${options[name as OptionName].flag}`
  const given = Object.entries(flags).filter(([, value]) => value !== undefined)
  const values = given.map(([name, value]) => [
    name,
    typeof value === 'string' ? readText[options[name as OptionName].kind](value) : value,
  ])
  return { where: 'command line', values: Object.fromEntries(values) as Record<string, unknown>, spell, origin: spell }
}
