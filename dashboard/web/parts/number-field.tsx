interface Props {
  label: string
  value: string
  change: (value: string) => void
  hint?: string
}

/** A number as text: what is typed half is no number yet. */
export function NumberField({ label, value, change, hint }: Props) {
  return (
    <label class="field">
      {label}
      <input inputMode="decimal" value={value} onInput={(event) => change(event.currentTarget.value)} />
      {hint !== undefined && <span class="field-hint">{hint}</span>}
    </label>
  )
}
