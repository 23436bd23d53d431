interface Props {
  /** Absent: this is the first page. */
  newer?: () => void
  /** Absent: this is the last page. */
  older?: () => void
  children?: string
}

/** Between the pages of a list, newest first. */
export function Pager({ newer, older, children }: Props) {
  if (newer === undefined && older === undefined && children === undefined) return null
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" class="button" disabled={newer === undefined} onClick={newer}>
        ← Newer
      </button>
      <span class="faint">{children}</span>
      <button type="button" class="button" disabled={older === undefined} onClick={older}>
        Older →
      </button>
    </nav>
  )
}
