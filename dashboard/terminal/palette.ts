import type { Span, Tone } from './line.ts'

/** How blessed writes a look: flags, foreground and background, nine bits each; 511 is the terminal's own colour. */
export type Attribute = number

const own = 0x1ff
const bold = 1
const inverse = 8

type Colours = Record<Tone, number> & Record<NonNullable<Span['on']>, number> & { onColour: number }

// Most text is in the terminal's own colour, which is right on every background and costs no bytes.
// Blue and orange are told apart with every common colour blindness, red and orange by the words beside them.
const dark: Colours = {
  text: own,
  dim: 245,
  faint: 239,
  strong: own,
  blue: 75,
  orange: 215,
  red: 203,
  low: 67,
  high: 179,
  selection: 237,
  onColour: 16,
}
const light: Colours = {
  text: own,
  dim: 243,
  faint: 250,
  strong: own,
  blue: 26,
  orange: 166,
  red: 160,
  low: 67,
  high: 172,
  selection: 254,
  onColour: 231,
}

export type Palette = (span: Span) => Attribute

/** NO_COLOR wins; then `FIBER_WORK_THEME` (`dark`, `light`), then what the terminal tells of its background, then dark. */
export function paletteFor(variables: Record<string, string | undefined>): Palette {
  const noColour = variables['NO_COLOR']
  if (noColour !== undefined && noColour !== '') return monochrome
  const theme = variables['FIBER_WORK_THEME']
  const background = Number(/;(\d+)$/.exec(variables['COLORFGBG'] ?? '')?.[1] ?? 0)
  const isLight = theme === 'light' || (theme !== 'dark' && (background === 7 || background === 15))
  return coloured(isLight ? light : dark)
}

function coloured(colours: Colours): Palette {
  return (span) => {
    const onColour = span.on === 'blue' || span.on === 'orange' || span.on === 'red'
    const foreground = onColour ? colours.onColour : colours[span.tone]
    return pack(span.bold === true ? bold : 0, foreground, span.on === undefined ? own : colours[span.on])
  }
}

/** Without colours weight and inversion say what must be seen. */
const monochrome: Palette = (span) => {
  const strong = span.bold === true || span.tone === 'red' || span.tone === 'strong'
  // A chart's two-colour cell would become a block of its lower part: the inverse shows the upper one.
  return pack((strong ? bold : 0) | (span.on !== undefined ? inverse : 0), own, own)
}

function pack(flags: number, foreground: number, background: number): Attribute {
  return (flags << 18) | (foreground << 9) | background
}
