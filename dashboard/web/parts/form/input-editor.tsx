import { useEffect, useRef } from 'preact/hooks'
import type { Editor } from './editor.ts'
import { Tabs } from '../tabs.tsx'
import { Fields } from './fields.tsx'

const modes = [
  ['form', 'Form'],
  ['json', 'JSON'],
] as const

/** Where an input is written. */
export function InputEditor({ editor }: { editor: Editor }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => element.current?.querySelector<HTMLElement>('input, textarea, select')?.focus(), [])
  const { form, hasForm, mode, draft, text, issues } = editor
  const whole = issues.filter(({ path }) => mode === 'json' || path === '')
  return (
    <div ref={element} class="editor">
      {hasForm && <Tabs label="How to write the input" choices={modes} chosen={mode} choose={editor.setMode} />}
      {mode === 'form' ? (
        <Fields field={form} draft={draft} path={[]} issues={issues} set={editor.setDraft} />
      ) : (
        <label class="field">
          {!hasForm && 'Input as JSON'}
          <textarea
            class="json-input"
            aria-label="Input as JSON"
            aria-invalid={whole.length > 0}
            spellcheck={false}
            rows={Math.min(24, Math.max(6, text.split('\n').length + 1))}
            value={text}
            onInput={(event) => editor.setText(event.currentTarget.value)}
          />
        </label>
      )}
      {whole.length > 0 && (
        <ul class="field-error issues" role="alert">
          {whole.map(({ path, message }) => (
            <li key={path + message}>
              {path !== '' && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
