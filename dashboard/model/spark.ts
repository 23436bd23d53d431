/** Bars for a chart of text cells. A cell is `steps` high; glyphs and colours are the skin's affair. */

export const steps = 8

/** How full one cell is, 0 … 8, by two stacked series: `low` from the bottom up to its value, `high` from there on. */
export interface Cell {
  low: number
  high: number
}

export interface Chart {
  /** The value at the upper edge. */
  max: number
  /** Rows from top to bottom, cells from the oldest to the newest; cells before the first value are empty. */
  rows: Cell[][]
}

const scales = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/** The next round number that is not below the value: a scale that does not twitch. At least `least`. */
export function niceMax(value: number, least = 1): number {
  const size = Math.max(Number.isFinite(value) ? value : 0, least)
  const power = 10 ** Math.floor(Math.log10(size))
  const factor = scales.find((step) => step * power >= size * (1 - 1e-9)) ?? 10
  return factor * power
}

/**
 * The newest `width` values as bars of `height` rows, newest at the right edge. `high` is the total of both series (done + failed) or
 * the larger of two values (p99 over p50): never drawn below `low`. A value above zero always shows.
 */
export function chart(
  series: { low: number; high: number }[],
  { width, height, least }: { width: number; height: number; least?: number },
): Chart {
  const shown = series.slice(-Math.max(width, 0))
  const max = niceMax(Math.max(0, ...shown.map(({ low, high }) => Math.max(finite(low), finite(high)))), least)
  const scale = (value: number) => {
    const size = Math.round((finite(value) / max) * height * steps)
    return Math.min(finite(value) > 0 ? Math.max(size, 1) : 0, height * steps)
  }
  const tops = shown.map(({ low, high }) => ({ low: scale(low), high: Math.max(scale(high), scale(low)) }))
  const empty = Array.from({ length: Math.max(width - tops.length, 0) }, () => ({ low: 0, high: 0 }))
  const rows = Array.from({ length: height }, (_, row) => {
    const floor = (height - 1 - row) * steps
    const inCell = (top: number) => Math.min(Math.max(top - floor, 0), steps)
    return [...empty, ...tops].map(({ low, high }) => ({ low: inCell(low), high: inCell(high) }))
  })
  return { max, rows }
}

function finite(value: number): number {
  return Number.isFinite(value) ? Math.max(value, 0) : 0
}
