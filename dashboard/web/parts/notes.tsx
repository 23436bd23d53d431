import type { ComponentChildren } from 'preact'
import { ApiError } from '../../../src/client.ts'

/** Nothing is there, and what one can do about that. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="empty-text">{children}</div>}
    </div>
  )
}

/** What went wrong, what helps, and a button to try again. */
export function ErrorNote({ error, retry }: { error: Error; retry?: () => unknown }) {
  const { code, remedy, status } =
    error instanceof ApiError ? error : { code: undefined, remedy: '', status: undefined }
  // The store is not made for it: nothing went wrong.
  if (code === 'FW_DRIVER_TRAIT') return <p class="note faint">{error.message}</p>
  return (
    <div class="note note-error" role="alert">
      <div>
        <p class="note-title">{status === 403 ? 'Your token does not reach this.' : error.message}</p>
        {status === 403 && <p>{error.message}</p>}
        {remedy !== '' && <p>{remedy}</p>}
        {code !== undefined && <p class="faint">{code}</p>}
      </div>
      {retry !== undefined && (
        <button type="button" class="button" onClick={() => void retry()}>
          Try again
        </button>
      )}
    </div>
  )
}

/** While the first answer is on its way. It shows only after a moment: most answers are there before. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Loading {what} …
    </p>
  )
}
