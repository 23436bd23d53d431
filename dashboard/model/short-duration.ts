const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const

/** A duration as people type it everywhere here (src/base/duration.ts): `250ms`, `30s`, `1h30m`, `2d`. Undefined for what is none. */
export function parsedDuration(text: string): number | undefined {
  const found =
    /^(?:(\d{1,6}(?:\.\d{1,3})?)d)?(?:(\d{1,9}(?:\.\d{1,3})?)h)?(?:(\d{1,9}(?:\.\d{1,3})?)m)?(?:(\d{1,12}(?:\.\d{1,3})?)s)?(?:(\d{1,15})ms)?$/.exec(
      text.trim(),
    )
  const parts = found?.slice(1) ?? []
  if (parts.every((part) => part === undefined)) return undefined
  return Math.round(Object.values(unitMs).reduce((sum, oneMs, at) => sum + Number(parts[at] ?? 0) * oneMs, 0))
}

/** The shortest text of one unit that reads back as exactly this duration, in whole milliseconds. */
export function shortDuration(ms: number): string {
  const whole = Math.round(ms)
  for (const [unit, oneMs] of Object.entries(unitMs)) {
    if (whole > 0 && whole % oneMs === 0) return `${whole / oneMs}${unit}`
  }
  return '0s'
}
