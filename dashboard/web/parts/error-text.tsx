import { useState } from 'preact/hooks'
import { plural } from '../../model/format.ts'
import { errorText } from '../../model/stack.ts'
import { Copy } from './copy.tsx'
import { Long } from './long.tsx'

/** An error with its stack: the user's own lines first, the rest on demand. */
export function ErrorText({ error }: { error: string }) {
  const [whole, setWhole] = useState(false)
  const { message, frames } = errorText(error)
  const own = frames.filter(({ isOwn }) => isOwn)
  const shown = whole ? frames : own.slice(0, 8)
  const others = frames.length - shown.length
  return (
    <div class="error-text">
      <div class="error-head">
        <div class="error-message">
          <Long text={message} max={600} />
        </div>
        <Copy text={error} what="the error" />
      </div>
      {frames.length > 0 && (
        <ol class="frames">
          {shown.map(({ text, isOwn }, at) => (
            <li key={at} class={isOwn ? '' : 'faint'}>
              {text}
            </li>
          ))}
        </ol>
      )}
      {(others > 0 || whole) && (
        <button type="button" class="link-button" onClick={() => setWhole(!whole)}>
          {whole ? 'Only our own lines' : `${plural(others, 'more line')} of packages and Node`}
        </button>
      )}
    </div>
  )
}
