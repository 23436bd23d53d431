interface Props {
  value: number
  most: number
  /** What it measures, for who does not see it. */
  label: string
  title?: string
  isSmall?: boolean
}

/** How much of a whole. Not the browser's own `meter`: what Chromium draws of that is half as high as it is asked to be. */
export function Level({ value, most, label, title, isSmall = false }: Props) {
  const max = Math.max(most, 1)
  const now = Math.min(Math.max(value, 0), max)
  return (
    <span
      class={`level ${isSmall ? 'level-small' : ''} ${isSmall && now < 1 ? 'level-spent' : ''}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={now}
      {...(title !== undefined && { title })}
    >
      <span class="level-full" style={{ width: `${(now / max) * 100}%` }} />
    </span>
  )
}
