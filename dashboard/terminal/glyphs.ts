/** The characters that we draw with. */
export interface Glyphs {
  /** A cell filled to 0 … 8 eighths from below. */
  levels: readonly string[]
  /** Filled and empty part of a gauge. */
  gaugeFull: string
  gaugeEmpty: string
  rule: string
  mark: string
  product: string
  dot: string
  pointer: string
  paused: string
  warning: string
  up: string
  down: string
  nothing: string
  /** Whether the large digits of half blocks can be drawn. */
  blocks: boolean
}

export const unicodeGlyphs: Glyphs = {
  levels: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  gaugeFull: '━',
  gaugeEmpty: '─',
  rule: '─',
  mark: '…',
  product: '◆',
  dot: '·',
  pointer: '▸',
  paused: '‖',
  warning: '▲',
  up: '↑',
  down: '↓',
  nothing: '–',
  blocks: true,
}

export const asciiGlyphs: Glyphs = {
  levels: [' ', '.', '.', ':', ':', '-', '=', '#', '#'],
  gaugeFull: '#',
  gaugeEmpty: '-',
  rule: '-',
  mark: '~',
  product: '*',
  dot: '.',
  pointer: '>',
  paused: '=',
  warning: '!',
  up: '^',
  down: 'v',
  nothing: '-',
  blocks: false,
}

/** ASCII where the locale is not UTF-8, or where `FIBER_WORK_ASCII` asks for it (`0` forbids it). */
export function glyphsFor(variables: Record<string, string | undefined>): Glyphs {
  const asked = variables['FIBER_WORK_ASCII']
  if (asked !== undefined && asked !== '') return asked === '0' ? unicodeGlyphs : asciiGlyphs
  const locale = [variables['LC_ALL'], variables['LC_CTYPE'], variables['LANG']].find(
    (value) => value !== undefined && value !== '',
  )
  return /utf-?8/i.test(locale ?? '') ? unicodeGlyphs : asciiGlyphs
}
