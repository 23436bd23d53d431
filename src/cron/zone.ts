/** Clocks by time zone: making one costs a hundred times what reading it does. */
const clocks = new Map<string, Intl.DateTimeFormat>()

/** The longest stretch that is looked over at once: no time zone changes its clock twice within it. */
const strideMs = 7 * 86_400_000

/** How far the clock on the wall is ahead of UTC at that moment. Throws a RangeError for a zone that does not exist. */
export function offsetAt(timeZone: string, atMs: number): number {
  if (timeZone === 'UTC') return 0
  const second = Math.floor(atMs / 1_000) * 1_000
  const part: Record<string, number> = {}
  for (const { type, value } of clockOf(timeZone).formatToParts(second)) part[type] = Number(value)
  const { year, month, day, hour, minute, second: seconds } = part
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, seconds!) - second
}

/** The first moment after `fromMs`, and not after `toMs`, from which on the clock is another number of hours ahead. */
export function changeBetween(timeZone: string, fromMs: number, toMs: number): number | undefined {
  if (timeZone === 'UTC') return undefined
  const before = offsetAt(timeZone, fromMs)
  for (let low = fromMs; low < toMs;) {
    const high = Math.min(low + strideMs, toMs)
    if (offsetAt(timeZone, high) !== before) return narrow(timeZone, before, low, high)
    low = high
  }
  return undefined
}

function narrow(timeZone: string, before: number, from: number, to: number): number {
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(timeZone, middle) === before) low = middle
    else high = middle
  }
  return high
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    clocks.set(timeZone, clock)
  }
  return clock
}
