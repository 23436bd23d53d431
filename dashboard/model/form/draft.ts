import { checkInput, type Issue, isObject, own } from './check.ts'
import type { Field } from './field.ts'

/**
 * What stands in a form: texts as they are typed (of a choice and of a `json` field as JSON; empty: nothing), booleans as they are set, objects
 * and lists of the same.
 */
export type Draft = string | boolean | Draft[] | { [key: string]: Draft }

/** What a form shows at first: a given input, else the defaults of its schema. */
export function draftOf(field: Field, value: unknown = field.initial): Draft {
  switch (field.kind) {
    case 'object': {
      const from = isObject(value) ? value : {}
      return Object.fromEntries((field.fields ?? []).map((one) => [one.key, draftOf(one, own(from, one.key))]))
    }
    case 'list':
      return Array.isArray(value) ? value.map((item) => draftOf(field.item!, item)) : []
    case 'boolean':
      return value === true
    case 'text':
      return typeof value === 'string' ? value : ''
    case 'number':
      return typeof value === 'number' ? String(value) : ''
    case 'choice':
      return value === undefined || value === null ? '' : JSON.stringify(value)
    case 'json':
      return value === undefined ? '' : JSON.stringify(value, undefined, 2)
  }
}

/** The input that a form means, and what is wrong with it. `input` is undefined where nothing is to be sent. */
export function readDraft(form: Field, draft: Draft): { input: unknown; issues: Issue[] } {
  const unreadable: Issue[] = []
  const input = read(form, draft, [], unreadable)
  const seen = new Set(unreadable.map(({ path }) => path))
  return { input, issues: [...unreadable, ...checkInput(form, input).filter(({ path }) => !seen.has(path))] }
}

function read(field: Field, draft: Draft | undefined, path: readonly string[], issues: Issue[]): unknown {
  switch (field.kind) {
    case 'object':
      return readMembers(field, draft, path, issues)
    case 'list': {
      const items = Array.isArray(draft) ? draft : []
      if (items.length === 0 && !field.isRequired) return undefined
      return items.map((item, at) => read(field.item!, item, [...path, String(at)], issues))
    }
    case 'boolean':
      return draft === true
    case 'text':
      return typeof draft === 'string' && draft !== '' ? draft : nothing(field)
    case 'number': {
      const text = typeof draft === 'string' ? draft.trim() : ''
      if (text === '') return nothing(field)
      if (Number.isFinite(Number(text))) return Number(text)
      issues.push({ path: path.join('.'), message: 'Must be a number.' })
      return undefined
    }
    case 'choice':
    case 'json': {
      const text = typeof draft === 'string' ? draft.trim() : ''
      if (text === '') return nothing(field)
      const json = readJson(text)
      if ('value' in json) return json.value
      issues.push({ path: path.join('.'), message: json.problem })
      return undefined
    }
  }
}

/** An optional object of which nothing was filled in but what it had from the start is left out. */
function readMembers(field: Field, draft: Draft | undefined, path: readonly string[], issues: Issue[]): unknown {
  const from = isObject(draft) ? (draft as Record<string, Draft>) : {}
  const members = (field.fields ?? []).flatMap((one) => {
    const value = read(one, own(from, one.key) as Draft | undefined, [...path, one.key], issues)
    return value === undefined ? [] : [[one.key, value] as const]
  })
  const initial = new Map(
    (field.fields ?? []).map((one) => [one.key, one.kind === 'boolean' ? one.initial === true : one.initial]),
  )
  const isTouched = members.some(([key, value]) => JSON.stringify(value) !== JSON.stringify(initial.get(key)))
  return field.isRequired || isTouched ? Object.fromEntries(members) : undefined
}

function nothing(field: Field): null | undefined {
  return field.isRequired && field.takesNull ? null : undefined
}

/** A JSON text, or what is wrong with it in a sentence. */
export function readJson(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { problem: `Is no JSON: ${(error as Error).message}.`.replace('..', '.') }
  }
}

/** The draft with another one in one place of it. */
export function withDraft(draft: Draft, [key, ...rest]: readonly string[], value: Draft): Draft {
  if (key === undefined) return value
  if (Array.isArray(draft)) return draft.with(Number(key), withDraft(draft[Number(key)] ?? '', rest, value))
  const from = isObject(draft) ? (draft as Record<string, Draft>) : {}
  return { ...from, [key]: withDraft(from[key] ?? '', rest, value) }
}

/** One place of a form that is filled in line by line. */
interface FormLine {
  field: Field
  path: string[]
}

/** The form with its lists written as JSON, for where a line is all there is. `checkInput` of the form itself still checks their items. */
export function flatForm(form: Field): Field {
  if (form.kind === 'list') return { ...form, kind: 'json' }
  return form.kind === 'object' ? { ...form, fields: (form.fields ?? []).map(flatForm) } : form
}

/** Every place of a form that takes a value of its own, in order; objects are descended into. */
export function linesOf(form: Field, path: readonly string[] = []): FormLine[] {
  if (form.kind !== 'object') return [{ field: form, path: [...path] }]
  return (form.fields ?? []).flatMap((one) => linesOf(one, [...path, one.key]))
}
