import type { DefinitionView } from '../../../../src/client.ts'

/** As they are typed; empty: what the definition says. */
export interface OptionTexts {
  priority: string
  delay: string
  group: string
  tags: string
  id: string
}

interface Props {
  definition: DefinitionView
  texts: OptionTexts
  set: (texts: OptionTexts) => void
}

const priorities = Array.from({ length: 10 }, (_, at) => String(9 - at))

/** What a job may be given beside its input. */
export function Options({ definition, texts, set }: Props) {
  const text = (key: keyof OptionTexts, label: string, placeholder: string) => (
    <label class="field">
      {label}
      <input
        value={texts[key]}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => set({ ...texts, [key]: event.currentTarget.value })}
      />
    </label>
  )
  return (
    <details class="options">
      <summary>Options</summary>
      <div class="form-row">
        <label class="field">
          Priority
          <select value={texts.priority} onChange={(event) => set({ ...texts, priority: event.currentTarget.value })}>
            <option value="">{definition.priority}, as always</option>
            {priorities.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        {text('delay', 'Delay', 'none: 30s, 5m, 2h')}
        {text('group', 'Group', groupHint(definition))}
        {text('tags', 'Tags', (definition.tags ?? []).join(', ') || 'a, b')}
        {text('id', 'Id', 'one is made')}
      </div>
    </details>
  )
}

function groupHint({ group, fromInput }: DefinitionView): string {
  return group ?? (fromInput.includes('group') || fromInput.includes('tenant') ? 'made of the input' : 'none')
}
