import type { Draft, Field } from '../../../model/form.ts'

interface Props {
  field: Field
  draft: Draft | undefined
  set: (draft: Draft) => void
  shared: { id: string; 'aria-invalid': boolean; 'aria-describedby'?: string }
}

const longTextChars = 200

/** The one input of a field that takes one value. */
export function TextLike({ field, draft, set, shared }: Props) {
  const text = typeof draft === 'string' ? draft : ''
  switch (field.kind) {
    case 'boolean':
      return (
        <input
          type="checkbox"
          {...shared}
          checked={draft === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      )
    case 'choice':
      return (
        <select {...shared} value={text} onChange={(event) => set(event.currentTarget.value)}>
          <option value="">–</option>
          {(field.choices ?? []).map((choice) => {
            const json = JSON.stringify(choice)
            return (
              <option key={json} value={json}>
                {typeof choice === 'string' ? choice : json}
              </option>
            )
          })}
        </select>
      )
    case 'json':
      return (
        <textarea
          class="json-input"
          {...shared}
          rows={4}
          spellcheck={false}
          placeholder="JSON"
          value={text}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )
    default:
      if (field.kind === 'text' && !field.isSensitive && (field.rules.maxLength ?? 0) > longTextChars) {
        return <textarea {...shared} rows={4} value={text} onInput={(event) => set(event.currentTarget.value)} />
      }
      return (
        <input
          type={field.isSensitive ? 'password' : 'text'}
          {...shared}
          {...(field.kind === 'number' && { inputMode: 'decimal' as const })}
          autocomplete="off"
          spellcheck={false}
          placeholder={hint(field)}
          value={text}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )
  }
}

const formats: Record<string, string> = {
  'date-time': '2026-05-04T12:00:00Z',
  date: '2026-05-04',
  time: '12:00:00',
  email: 'name@example.org',
  uri: 'https://',
}

/** What a value looks like. */
function hint({ kind, takesNull, rules: { format = '', minimum, maximum } }: Field): string {
  if (kind === 'number' && minimum !== undefined && maximum !== undefined && maximum < 1e9)
    return `${minimum} to ${maximum}`
  return formats[format] ?? (takesNull ? 'null' : '')
}
