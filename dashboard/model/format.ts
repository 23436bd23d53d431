/** Numbers as people read them: short, with their unit, of a width that does not jump. Missing and broken values are a dash. */

const nothing = '–'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** At most 7 columns: `0`, `9,812`, `999,999`, `1.24M`, `31.4B`. */
export function count(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return nothing
  const size = Math.abs(value)
  if (size < 999_999.5) return grouped.format(value)
  if (size < 999.5e6) return `${short(value / 1e6)}M`
  return `${short(value / 1e9)}B`
}

/** Events a second, without the unit: `0`, `0.4`, `12`, `4,812`. */
export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined || !Number.isFinite(perSecond)) return nothing
  if (perSecond > 0 && perSecond < 0.05) return '<0.1'
  return perSecond > 0 && perSecond < 9.95 ? trimmed(perSecond, 1) : count(perSecond)
}

/** At most 7 columns: `0.4 ms`, `12 ms`, `1.02 s`, `31.4 s`, `4m 12s`, `3h 07m`, `12d 4h`. */
export function duration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return nothing
  const size = Math.max(ms, 0)
  if (size < 9.95) return `${trimmed(size, 1)} ms`
  if (size < 999.5) return `${Math.round(size)} ms`
  if (size < 59_950) return `${short(size / 1_000)} s`
  const seconds = Math.round(size / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1_440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`
  const hours = Math.floor(minutes / 60)
  return hours < 24_000 ? `${Math.floor(hours / 24)}d ${hours % 24}h` : `${count(Math.floor(hours / 24))}d`
}

/** How long ago, in one unit: `now`, `3s`, `4m`, `2h`, `5d`. */
export function age(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return nothing
  const seconds = Math.floor(Math.max(ms, 0) / 1_000)
  if (seconds < 1) return 'now'
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`
  return `${count(Math.floor(seconds / 86_400))}d`
}

/** The same in words, of a time that has passed or is to come: `now`, `3 s ago`, `4 min ago`, `in 2 h`. */
export function ago(ms: number): string {
  const text = age(Math.abs(ms))
    .replace(/(\d)m$/, '$1min')
    .replace(/(\d)([a-z]+)$/, '$1 $2')
  return text === 'now' ? text : ms < 0 ? `in ${text}` : `${text} ago`
}

/** Powers of 1,024: `0 B`, `812 KiB`, `412 MiB`, `1.21 GiB`. */
export function bytes(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return nothing
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let size = Math.max(value, 0)
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1_024
    unit += 1
  }
  return `${unit === 0 || size >= 99.95 ? grouped.format(size) : short(size)} ${units[unit] ?? ''}`
}

/** 0.64 → `64 %`. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? nothing : `${grouped.format(share * 100)} %`
}

/** `2026-05-04 12:03:44 UTC`: a time that means the same on every screen. */
export function clock(atMs: number | undefined): string {
  if (atMs === undefined || !Number.isFinite(atMs) || Math.abs(atMs) > 8.64e15) return nothing
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `1 job`, `12 jobs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** Three figures: 1.02, 31.4, 812. */
function short(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0)
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0$/, '')
}

function two(value: number): string {
  return value.toString().padStart(2, '0')
}

/** `12:03:44`, of a day that is known. */
export function timeOfDay(atMs: number | undefined): string {
  return clock(atMs).slice(11, 19) || nothing
}
