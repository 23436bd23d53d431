import type { Field } from './field.ts'

/** What is wrong with an input, and where: names and numbers with dots between, empty for the input as a whole. */
export interface Issue {
  path: string
  message: string
}

const issuesMax = 100

/** What a form can see is wrong with an input. The worker's own schema has the last word: it may know more. */
export function checkInput(form: Field, input: unknown): Issue[] {
  const issues: Issue[] = []
  check(form, input, [], issues)
  return issues
}

function check(field: Field, value: unknown, path: readonly string[], issues: Issue[]): void {
  if (issues.length >= issuesMax) return
  const tell = (message: string): void => void issues.push({ path: path.join('.'), message })
  if (value === undefined) return field.isRequired ? tell('Needs a value.') : undefined
  if (value === null && field.takesNull) return
  switch (field.kind) {
    case 'text':
      return typeof value === 'string' ? tellAll(textIssues(field, value), tell) : tell('Must be a text.')
    case 'number':
      return typeof value === 'number' ? tellAll(numberIssues(field, value), tell) : tell('Must be a number.')
    case 'boolean':
      return typeof value === 'boolean' ? undefined : tell('Must be true or false.')
    case 'choice':
      return isChoice(field, value)
        ? undefined
        : tell(`Must be one of ${(field.choices ?? []).map(asJson).join(', ')}.`)
    case 'list':
      return Array.isArray(value) ? checkItems(field, value, path, issues) : tell('Must be a list.')
    case 'object':
      return isObject(value) ? checkMembers(field, value, path, issues) : tell('Must be an object.')
    case 'json':
  }
}

function checkMembers(field: Field, value: Record<string, unknown>, path: readonly string[], issues: Issue[]): void {
  const fields = field.fields ?? []
  for (const one of fields) check(one, own(value, one.key), [...path, one.key], issues)
  if (field.isClosed !== true) return
  const known = new Set(fields.map(({ key }) => key))
  for (const key of Object.keys(value)) {
    if (!known.has(key)) issues.push({ path: [...path, key].join('.'), message: 'There is no such field.' })
  }
}

function checkItems(field: Field, value: unknown[], path: readonly string[], issues: Issue[]): void {
  const { minItems = 0, maxItems = Infinity } = field.rules
  const tell = (message: string): void => void issues.push({ path: path.join('.'), message })
  if (value.length < minItems) tell(`Needs ${minItems} or more.`)
  if (value.length > maxItems) tell(`Takes at most ${maxItems}.`)
  for (const [at, item] of value.entries()) check(field.item!, item, [...path, String(at)], issues)
}

function textIssues(
  { rules: { minLength = 0, maxLength = Infinity, pattern, format } }: Field,
  text: string,
): string[] {
  const issues: string[] = []
  if (text.length < minLength)
    issues.push(`Needs ${minLength} ${minLength === 1 ? 'character' : 'characters'} or more.`)
  if (text.length > maxLength) issues.push(`Takes at most ${maxLength} characters.`)
  if (issues.length === 0 && !fits(text, pattern)) {
    issues.push(
      format === undefined ? `Must match ${pattern}.` : `Is not ${words[format] ?? `of the format ${format}`}.`,
    )
  }
  return issues
}

const words: Record<string, string> = {
  email: 'an e-mail address',
  uri: 'a URL',
  uuid: 'a UUID',
  date: 'a date like 2026-05-04',
  time: 'a time like 12:00:00',
  'date-time': 'a moment like 2026-05-04T12:00:00Z',
}

function fits(text: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

function numberIssues({ rules }: Field, value: number): string[] {
  const { type, minimum = -Infinity, maximum = Infinity, exclusiveMinimum, exclusiveMaximum, multipleOf } = rules
  if (type === 'integer' && !Number.isInteger(value)) return ['Must be a whole number.']
  if (value < minimum) return [`Must be ${minimum} or more.`]
  if (value > maximum) return [`Must be ${maximum} or less.`]
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return [`Must be more than ${exclusiveMinimum}.`]
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) return [`Must be less than ${exclusiveMaximum}.`]
  const steps = multipleOf === undefined ? 0 : value / multipleOf
  return Math.abs(steps - Math.round(steps)) > 1e-9 ? [`Must be a multiple of ${multipleOf}.`] : []
}

function isChoice({ choices = [] }: Field, value: unknown): boolean {
  return choices.some((one) => asJson(one) === asJson(value))
}

function tellAll(messages: readonly string[], tell: (message: string) => void): void {
  for (const message of messages) tell(message)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function asJson(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

/** The places that a refusal of the API names (`FW_INPUT_INVALID`): its words have each path between backquotes. */
export function issuesIn(detail: string): Issue[] {
  const start = detail.indexOf(' is not valid. ')
  if (start < 0) return []
  return detail
    .slice(start + ' is not valid. '.length)
    .split(/; (?=`|\(input\))/)
    .flatMap((part) => {
      const found = /^(?:`([^`]*)`|\(input\)): (.*)$/s.exec(part)
      return found === null ? [] : [{ path: found[1] ?? '', message: found[2]! }]
    })
}
