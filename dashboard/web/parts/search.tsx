interface Props {
  value: string
  change: (value: string) => void
  /** What it looks for. */
  label: string
}

/** `/` leads here; Esc empties it. */
export function Search({ value, change, label }: Props) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder="Search  /"
      value={value}
      onInput={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        change('')
        event.currentTarget.blur()
      }}
    />
  )
}
