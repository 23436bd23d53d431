import { useState } from 'preact/hooks'
import {
  checkInput,
  type Draft,
  draftOf,
  type Field,
  formOf,
  type Issue,
  type JsonSchema,
  readDraft,
  readJson,
} from '../../../model/form.ts'

/** An input that is being written: through a form made from its schema, or as JSON. */
export interface Editor {
  form: Field
  /** There is a form to show. */
  hasForm: boolean
  mode: 'form' | 'json'
  draft: Draft
  text: string
  /** What is wrong with it, once it was tried; or what the worker said. */
  issues: readonly Issue[]
  setMode: (mode: 'form' | 'json') => void
  setDraft: (draft: Draft) => void
  setText: (text: string) => void
  tell: (issues: readonly Issue[]) => void
  /** The input, unless something is wrong with it: that is told then. */
  read: () => { input: unknown } | undefined
}

export function useEditor(schema: JsonSchema | undefined, initial: unknown): Editor {
  const [form] = useState(() => formOf(schema))
  const hasForm = form.kind !== 'json'
  const [mode, setMode] = useState<'form' | 'json'>(hasForm ? 'form' : 'json')
  const [draft, setDraft] = useState<Draft>(() => draftOf(form, initial))
  const [text, setText] = useState(() => jsonOf(initial ?? readDraft(form, draftOf(form)).input))
  const [issues, tell] = useState<readonly Issue[]>([])
  const now = (): { input: unknown; issues: Issue[] } => {
    if (mode === 'form') return readDraft(form, draft)
    if (text.trim() === '') return { input: undefined, issues: checkInput({ ...form, isRequired: false }, undefined) }
    const json = readJson(text)
    return 'problem' in json
      ? { input: undefined, issues: [{ path: '', message: json.problem }] }
      : { input: json.value, issues: checkInput(form, json.value) }
  }
  return {
    form,
    hasForm,
    mode,
    draft,
    text,
    issues,
    tell,
    setDraft,
    setText,
    setMode(wanted) {
      if (wanted === mode) return
      if (wanted === 'json') {
        setText(jsonOf(readDraft(form, draft).input))
      } else {
        const json = text.trim() === '' ? { value: undefined } : readJson(text)
        if ('problem' in json) return tell([{ path: '', message: json.problem }])
        setDraft(draftOf(form, json.value))
      }
      tell([])
      setMode(wanted)
    },
    read() {
      const { input, issues: found } = now()
      tell(found)
      return found.length === 0 ? { input } : undefined
    },
  }
}

function jsonOf(value: unknown): string {
  return value === undefined ? '' : (JSON.stringify(value, undefined, 2) ?? '')
}
