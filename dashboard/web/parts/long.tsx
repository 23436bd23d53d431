import { useState } from 'preact/hooks'
import { count } from '../../model/format.ts'

const lengthMax = 240

/** A text of any length: cut, and whole on demand. */
export function Long({ text, max = lengthMax }: { text: string; max?: number }) {
  const [whole, setWhole] = useState(false)
  if (text.length <= max * 1.2) return <span class="long">{text}</span>
  return (
    <span class="long">
      {whole ? text : `${text.slice(0, max)}…`}{' '}
      <button type="button" class="link-button" onClick={() => setWhole(!whole)}>
        {whole ? 'less' : `all ${count(text.length)} characters`}
      </button>
    </span>
  )
}
