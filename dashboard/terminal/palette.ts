import type { Span, Tone } from './line.ts'

/** How blessed writes a look: flags, foreground and background, nine bits each; 511 is the terminal's own colour. */
export type Attribute = number

export const themes = ['dark', 'light', 'contrast', 'none'] as const
export type Theme = (typeof themes)[number]

const own = 0x1ff
const bold = 1
const underline = 2
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
/** White on black and nothing fainter than it must be: 7 to 1 and more. */
const contrast: Colours = {
  text: 231,
  dim: 252,
  faint: 246,
  strong: 231,
  blue: 123,
  orange: 221,
  red: 217,
  low: 123,
  high: 221,
  selection: 24,
  onColour: 16,
}

export type Palette = (span: Span) => Attribute

/** `NO_COLOR` wins; then `FIBER_WORK_THEME` (`dark`, `light`, `contrast`), then what the terminal tells of its background, then dark. */
export function themeOf(variables: Record<string, string | undefined>): Theme {
  const noColour = variables['NO_COLOR']
  if (noColour !== undefined && noColour !== '') return 'none'
  const asked = themes.find((theme) => theme === variables['FIBER_WORK_THEME'])
  if (asked !== undefined) return asked
  const background = Number(/;(\d+)$/.exec(variables['COLORFGBG'] ?? '')?.[1] ?? 0)
  return background === 7 || background === 15 ? 'light' : 'dark'
}

export function paletteOf(theme: Theme): Palette {
  if (theme === 'none') return monochrome
  if (theme === 'contrast') return coloured(contrast, 16)
  return coloured(theme === 'light' ? light : dark, own)
}

function coloured(colours: Colours, background: number): Palette {
  return (span) => {
    const onColour = span.on === 'blue' || span.on === 'orange' || span.on === 'red'
    const foreground = onColour ? colours.onColour : colours[span.tone]
    return pack(span.bold === true ? bold : 0, foreground, span.on === undefined ? background : colours[span.on])
  }
}

/** Without colours weight, a line and inversion say what must be seen. */
const monochrome: Palette = (span) => {
  const strong = span.bold === true || span.tone === 'red' || span.tone === 'strong'
  // A chart's two-colour cell would become a block of its lower part: the inverse shows the upper one.
  const flags = (strong ? bold : 0) | (span.tone === 'red' ? underline : 0) | (span.on !== undefined ? inverse : 0)
  return pack(flags, own, own)
}

function pack(flags: number, foreground: number, background: number): Attribute {
  return (flags << 18) | (foreground << 9) | background
}
