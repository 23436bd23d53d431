import { type Draft, draftOf, type Field, type Issue } from '../../../model/form.ts'
import { TextLike } from './text-like.tsx'

interface Props {
  field: Field
  draft: Draft | undefined
  path: readonly string[]
  issues: readonly Issue[]
  set: (draft: Draft) => void
}

/** The inputs of a field, and of all that is in it. */
export function Fields({ field, draft, path, issues, set }: Props) {
  if (field.kind === 'object') return <Members field={field} draft={draft} path={path} issues={issues} set={set} />
  if (field.kind === 'list') return <Items field={field} draft={draft} path={path} issues={issues} set={set} />
  const id = `field-${path.join('.')}`
  const own = issues.filter((issue) => issue.path === path.join('.'))
  const isTold = own.length > 0
  const told = [...(field.description === undefined ? [] : [`${id}-hint`]), ...(isTold ? [`${id}-error`] : [])].join(
    ' ',
  )
  const shared = { id, 'aria-invalid': isTold, ...(told !== '' && { 'aria-describedby': told }) }
  return (
    <div class={`field field-${field.kind}`}>
      <label for={id}>
        {field.label === '' ? 'Value' : field.label}
        {!field.isRequired && field.kind !== 'boolean' && <span class="field-hint"> optional</span>}
      </label>
      <TextLike field={field} draft={draft} set={set} shared={shared} />
      {field.description !== undefined && (
        <span id={`${id}-hint`} class="field-hint">
          {field.description}
        </span>
      )}
      {isTold && (
        <span id={`${id}-error`} class="field-error" role="alert">
          {own.map(({ message }) => message).join(' ')}
        </span>
      )}
    </div>
  )
}

function Members({ field, draft, path, issues, set }: Props) {
  const from = typeof draft === 'object' && !Array.isArray(draft) ? draft : {}
  const inner = (
    <>
      {(field.fields ?? []).map((one) => (
        <Fields
          key={one.key}
          field={one}
          draft={Object.hasOwn(from, one.key) ? from[one.key] : undefined}
          path={[...path, one.key]}
          issues={issues}
          set={(value) => set({ ...from, [one.key]: value })}
        />
      ))}
      <OwnIssues path={path} issues={issues} />
    </>
  )
  if (path.length === 0) return <div class="fields">{inner}</div>
  return (
    <fieldset class="input-part">
      <legend>
        {field.label === '' ? path.at(-1) : field.label}
        {!field.isRequired && <span class="field-hint"> optional</span>}
      </legend>
      {field.description !== undefined && <p class="field-hint">{field.description}</p>}
      <div class="fields">{inner}</div>
    </fieldset>
  )
}

function Items({ field, draft, path, issues, set }: Props) {
  const items = Array.isArray(draft) ? draft : []
  const item = field.item!
  return (
    <fieldset class="input-part">
      <legend>
        {field.label === '' ? 'Items' : field.label}
        {!field.isRequired && <span class="field-hint"> optional</span>}
      </legend>
      {field.description !== undefined && <p class="field-hint">{field.description}</p>}
      {items.map((one, at) => (
        <div key={at} class="field-item">
          <Fields
            field={{ ...item, label: item.label === '' ? `${at + 1}` : item.label }}
            draft={one}
            path={[...path, String(at)]}
            issues={issues}
            set={(value) => set(items.with(at, value))}
          />
          <button
            type="button"
            class="icon-button"
            aria-label={`Remove ${at + 1}`}
            onClick={() => set(items.toSpliced(at, 1))}
          >
            ×
          </button>
        </div>
      ))}
      <OwnIssues path={path} issues={issues} />
      <button type="button" class="button button-small" onClick={() => set([...items, draftOf(item)])}>
        Add one
      </button>
    </fieldset>
  )
}

/** Of an object or a list as a whole. */
function OwnIssues({ path, issues }: Pick<Props, 'path' | 'issues'>) {
  const own = issues.filter((issue) => issue.path === path.join('.') && path.length > 0)
  if (own.length === 0) return null
  return (
    <p class="field-error" role="alert">
      {own.map(({ message }) => message).join(' ')}
    </p>
  )
}
