import { ago, clock, duration } from '../../model/format.ts'
import { nowMs } from '../data/clock.ts'

/** `3 s ago`, or `in 4 min`; the exact moment on hover. `at` is ISO 8601 or milliseconds since 1970. */
export function Time({ at }: { at: string | number | undefined }) {
  const atMs = at === undefined ? Number.NaN : typeof at === 'number' ? at : Date.parse(at)
  if (!Number.isFinite(atMs)) return <span class="faint">–</span>
  return (
    <time dateTime={new Date(atMs).toISOString()} title={clock(atMs)}>
      {ago(nowMs.value - atMs)}
    </time>
  )
}

/** How long something has been going on: it counts up by itself. */
export function Since({ at }: { at: string | number }) {
  const atMs = typeof at === 'number' ? at : Date.parse(at)
  return <time title={`since ${clock(atMs)}`}>{duration(Math.max(0, nowMs.value - atMs))}</time>
}

/** `in 4 min`, of a moment that somebody waits for. */
export function Until({ atMs }: { atMs: number }) {
  const leftMs = atMs - nowMs.value
  return <time title={clock(atMs)}>{leftMs < 1_000 ? 'within a second' : ago(-leftMs)}</time>
}
