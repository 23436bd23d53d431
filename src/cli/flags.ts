import { type Command, Option } from 'commander'
import { nearest } from '../base/nearest.ts'
import { parseDuration } from '../base/duration.ts'
import { type Option as Setting, type OptionName, options } from '../config/options.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { OutputOptions } from './output.ts'

/** What a command was given: its own options beside those that every command has. */
export interface Given extends OutputOptions {
  config?: string
  [name: string]: unknown
}

/** `--json`, `--verbose`: every command has them. */
export function addOutputFlags(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on stdout and nothing else there')
    .option('--verbose', 'show where an error came from')
}

/** Flags for settings of the config schema, by their names there, and `--config`. Who takes a store takes a driver for it. */
export function addSettings(command: Command, names: readonly OptionName[]): Command {
  const all = new Set<OptionName>(names.flatMap((name) => (name === 'url' ? ['url', 'drivers'] : [name])))
  for (const name of all) for (const option of flagsOf(name)) command.addOption(option)
  return command.option('--config <FILE>', 'this config file instead of ./fiber-work.config.*')
}

/** Flags of a command that asks or acts: which store, or which API. */
export function addPlace(command: Command, more: readonly OptionName[] = []): Command {
  return addOutputFlags(addSettings(command, ['url', 'ledger', 'api', 'token', ...more]))
}

/** The settings among what was given, as the config loader takes them. */
export function settingsOf(given: Given): Partial<Record<OptionName, unknown>> {
  const names = Object.keys(options) as OptionName[]
  return Object.fromEntries(
    names.map((name) => [name, given[attributeOf(options[name])]]).filter(([, value]) => value !== undefined),
  ) as Partial<Record<OptionName, unknown>>
}

function flagsOf(name: OptionName): Option[] {
  const setting: Setting = options[name]
  if (setting.flagless === true) return []
  const shown = setting.default === undefined || setting.default === false ? '' : ` (${defaultOf(setting)})`
  if (setting.kind !== 'switch') {
    const option = new Option(`--${setting.flag} <${setting.argument}>`, setting.help + shown)
    return [setting.kind === 'list' ? option.argParser(collect) : option]
  }
  // No defaults here: what was not given must not win over the variables and the file.
  const on = new Option(`--${setting.flag}`, setting.help)
  const off = new Option(`--no-${setting.flag}`, setting.helpOff ?? `not: ${setting.help}`)
  return setting.default === true ? [on.hideHelp(), off] : [on, off.hideHelp()]
}

function defaultOf({ kind, default: value }: Setting): string {
  if (kind !== 'duration') return Array.isArray(value) ? value.join(', ') : String(value)
  return (value as number) < 1_000 ? `${String(value)}ms` : `${(value as number) / 1_000}s`
}

/** As commander calls it: `--log-level` → `logLevel`. */
function attributeOf({ flag }: Setting): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The value of an option that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** The value of a flag that is a whole number. Throws `FW_CONFIG_INVALID`, naming the flag. */
export function integerFlag(flag: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `${flag} is ${JSON.stringify(text)}; allowed is an integer from ${min} to ${max}.`,
  )
}

const yearTenThousandMs = Date.UTC(10_000, 0)

/** The value of a flag that is a moment, as ISO 8601 in UTC: written so with its zone, or how long ago it was. Throws `FW_CONFIG_INVALID`, naming the flag. */
export function momentFlag(flag: string, text: string, nowMs: number): string {
  const isAge = /^(?:[\d.]+ ?[a-z]+)+$/.test(text)
  const isZoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text)
  const atMs = isAge ? nowMs - durationFlag(flag, text) : isZoned ? Date.parse(text) : Number.NaN
  // Years of four digits are what the API takes, and no job is older than the epoch.
  if (atMs >= 0 && atMs < yearTenThousandMs) return new Date(atMs).toISOString()
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `${flag} is ${JSON.stringify(text)}; write a moment with its zone (2026-11-22T14:00:00+01:00, …Z), or how long ago (30m, 2d).`,
  )
}

/** `--from`, `--to`. */
export interface RangeFlags {
  from?: string
  to?: string
}

export function addRange(command: Command, what: string): Command {
  return command
    .option('--from <TIME>', `${what} then or later: ISO 8601 with its zone, or how long ago (2h)`)
    .option('--to <TIME>', `${what} before then, written alike`)
}

export function rangeOf({ from, to }: RangeFlags, nowMs: number): { from?: string; to?: string } {
  return {
    ...(from !== undefined && { from: momentFlag('--from', from, nowMs) }),
    ...(to !== undefined && { to: momentFlag('--to', to, nowMs) }),
  }
}

/** The value of a flag that is one of a few words. Throws `FW_CONFIG_INVALID`, with the nearest. */
export function wordFlag<Word extends string>(flag: string, text: string, words: readonly Word[]): Word {
  if ((words as readonly string[]).includes(text)) return text as Word
  const near = nearest(text, words)
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `${flag} is ${JSON.stringify(text)}; ${near === undefined ? `allowed are ${words.join(', ')}.` : `did you mean ${near}?`}`,
  )
}

/** What a command of several verbs was asked for. Throws `FW_CONFIG_INVALID`, with the nearest. */
export function verbOf<Verb extends string>(command: string, text: string, verbs: readonly Verb[]): Verb {
  if ((verbs as readonly string[]).includes(text)) return text as Verb
  const near = nearest(text, verbs)
  const hint = near === undefined ? `Known are ${verbs.join(', ')}.` : `Did you mean ${near}?`
  throw new FiberWorkError('FW_CONFIG_INVALID', `${command} knows no "${text}". ${hint}`)
}

/** The milliseconds of a flag that is no setting. Throws `FW_CONFIG_INVALID`, naming the flag. */
export function durationFlag(flag: string, text: string): number {
  try {
    return parseDuration(text)
  } catch {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `${flag} is ${JSON.stringify(text)}; write a duration like 250ms, 30s, 5m, 1h30m or 2d.`,
    )
  }
}
