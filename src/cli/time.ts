import { formatDuration } from '../base/duration.ts'
import { systemEnv } from '../base/env.ts'

/** Nobody means so long: it is what an end that was not given is written as. */
const forGoodMs = 5 * 365 * 86_400_000

/** A moment for people, in the zone of this machine, which it names: `2026-11-22 14:03:05.123 +01:00`. */
export function showTime(ms: number): string {
  const date = new Date(ms)
  const offset = -date.getTimezoneOffset()
  const local = new Date(ms + offset * 60_000).toISOString().replace('T', ' ').replace('Z', '')
  const hours = Math.floor(Math.abs(offset) / 60)
  return `${local} ${offset < 0 ? '-' : '+'}${pad(hours)}:${pad(Math.abs(offset) % 60)}`
}

/** The same of a moment in ISO 8601; nothing of nothing. */
export function showIso(iso: string | undefined): string | undefined {
  return iso === undefined ? undefined : showTime(Date.parse(iso))
}

/** Until when something is held; a group that was paused is so for ten years, which means until it is resumed. */
export function showUntil(iso: string): string {
  return Date.parse(iso) - systemEnv.nowMs() > forGoodMs ? 'it is resumed' : showIso(iso)!
}

/** How long until something goes on; what was paused without an end is so for ten years. */
export function showWait(ms: number | undefined): string | undefined {
  if (ms === undefined) return undefined
  return ms > forGoodMs ? 'when resumed' : formatDuration(ms)
}

/** How long from one moment to another, both in ISO 8601. */
export function spanMs(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Date.parse(to) - Date.parse(from)
}

/** For machines: ISO 8601, UTC. */
export function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

/** `12,345` */
export function showCount(count: number): string {
  return count.toLocaleString('en-US')
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
