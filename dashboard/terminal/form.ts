import type { DefinitionView } from '../../src/client.ts'
import {
  checkInput,
  draftOf,
  flatForm,
  formOf,
  linesOf,
  readDraft,
  withDraft,
  type Draft,
  type Field,
  type JsonSchema,
} from '../model/form.ts'

/** What is wrong with one place of an input. */
export interface Wrong {
  path: string
  message: string
}

/** A form that is being filled in, line by line; behind the last line stands the button. */
export interface FormState {
  definition: DefinitionView
  draft: Draft
  at: number
  wrong: readonly Wrong[]
}

export interface FormLine {
  field: Field
  path: string[]
  draft: Draft
}

export function beginForm(definition: DefinitionView): FormState {
  return { definition, draft: draftOf(fieldsOf(definition)), at: 0, wrong: [] }
}

/** Lists are written as JSON: a line is all there is. */
function fieldsOf({ inputSchema }: DefinitionView): Field {
  return flatForm(formOf(inputSchema as JsonSchema | undefined))
}

export function formLines({ definition, draft }: FormState): FormLine[] {
  if (!definition.takesInput) return []
  return linesOf(fieldsOf(definition)).map(({ field, path }) => ({ field, path, draft: draftAt(draft, path) }))
}

function draftAt(draft: Draft, path: readonly string[]): Draft {
  let at: Draft = draft
  for (const key of path) at = typeof at === 'object' && !Array.isArray(at) ? (at[key] ?? '') : ''
  return at
}

/** The form with another value in the line that has the keys. What was wrong there is no longer known. */
export function filled(form: FormState, value: Draft): FormState {
  const line = formLines(form)[form.at]
  if (line === undefined) return form
  const path = line.path.join('.')
  return {
    ...form,
    draft: withDraft(form.draft, line.path, value),
    wrong: form.wrong.filter((one) => one.path !== path),
  }
}

/** The input, or the form with what is wrong with it, at the first such line. */
export function inputOf(form: FormState): { input: unknown } | { refused: FormState } {
  if (!form.definition.takesInput) return { input: undefined }
  const { input, issues } = readDraft(fieldsOf(form.definition), form.draft)
  // Lists were JSON in the form: what stands in them is checked by the schema itself.
  const whole = formOf(form.definition.inputSchema as JsonSchema | undefined)
  const seen = new Set(issues.map(({ path }) => path))
  const all = [...issues, ...checkInput(whole, input).filter(({ path }) => !seen.has(path))]
  return all.length === 0 ? { input } : { refused: refusedAt(form, all) }
}

export function refusedAt(form: FormState, wrong: readonly Wrong[]): FormState {
  const at = formLines(form).findIndex(({ path }) => wrong.some((one) => isOf(one.path, path.join('.'))))
  return { ...form, wrong, at: at < 0 ? form.at : at }
}

/** A place is wrong when something in it is. */
export function isOf(wrongPath: string, path: string): boolean {
  return wrongPath === path || wrongPath.startsWith(`${path}.`)
}
