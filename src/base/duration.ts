import { FiberWorkError } from '../contract/errors.ts'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const charsMax = 100

/**
 * Milliseconds of a duration as people type it: `250ms`, `30s`, `5m`, `1h30m`, `2d`. The unit is required, so that nobody
 * has to guess whether `30` means seconds. Throws `FW_CONFIG_INVALID`.
 */
export function parseDuration(text: string): number {
  // Where it has no unit, a long number would be looked at again from each of its digits on.
  const parts = text.length > charsMax ? [] : [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text.trim()) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `"${text.length > charsMax ? `${text.slice(0, charsMax)}…` : text}" is not a duration; write it like 250ms, 30s, 5m, 1h30m or 2d.`,
    )
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit as keyof typeof unitMs], 0)
}

/** A duration for people: `850 ms`, `12.3 s`, `4 m 05 s`, `3 h 20 m`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const [big, small, bigUnit, smallUnit] =
    ms < 3_600_000
      ? ([ms / 60_000, (ms % 60_000) / 1_000, 'm', 's'] as const)
      : ms < 86_400_000
        ? ([ms / 3_600_000, (ms % 3_600_000) / 60_000, 'h', 'm'] as const)
        : ([ms / 86_400_000, (ms % 86_400_000) / 3_600_000, 'd', 'h'] as const)
  return `${Math.floor(big)} ${bigUnit} ${String(Math.floor(small)).padStart(2, '0')} ${smallUnit}`
}
