import { useState } from 'preact/hooks'
import { count } from '../../model/format.ts'
import { Copy } from './copy.tsx'

const linesMax = 30
const charsMax = 3_000
/** More than this stands in the document only when it is asked for. */
const wholeCharsMax = 400_000

/** A value as JSON: cut, whole on demand, and to be copied. */
export function Json({ value, what }: { value: unknown; what: string }) {
  const [whole, setWhole] = useState(false)
  const text = JSON.stringify(value, undefined, 2) ?? String(value)
  return <Code text={text} what={what} whole={whole} setWhole={setWhole} />
}

interface CodeProps {
  text: string
  what: string
  whole: boolean
  setWhole: (whole: boolean) => void
}

function Code({ text, what, whole, setWhole }: CodeProps) {
  const cut = text
    .split('\n', linesMax + 1)
    .slice(0, linesMax)
    .join('\n')
    .slice(0, charsMax)
  const isLong = cut.length < text.length
  return (
    <div class="code">
      <pre class="code-text" tabIndex={0} aria-label={what}>
        {isLong && !whole ? `${cut}\n…` : text.slice(0, wholeCharsMax)}
      </pre>
      <div class="code-side">
        <Copy text={text} what={what} />
      </div>
      {isLong && (
        <button type="button" class="link-button" onClick={() => setWhole(!whole)}>
          {whole ? 'Less' : `All ${count(text.length)} characters`}
        </button>
      )}
    </div>
  )
}
