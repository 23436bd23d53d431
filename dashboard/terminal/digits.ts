/** Large digits of half blocks: three columns by three rows, from a font of 3 × 5 points. */
const font: Record<string, readonly string[]> = {
  '0': ['███', '█ █', '█ █', '█ █', '███'],
  '1': [' █ ', '██ ', ' █ ', ' █ ', '███'],
  '2': ['███', '  █', '███', '█  ', '███'],
  '3': ['███', '  █', '███', '  █', '███'],
  '4': ['█ █', '█ █', '███', '  █', '  █'],
  '5': ['███', '█  ', '███', '  █', '███'],
  '6': ['███', '█  ', '███', '█ █', '███'],
  '7': ['███', '  █', '  █', '  █', '  █'],
  '8': ['███', '█ █', '███', '█ █', '███'],
  '9': ['███', '█ █', '███', '  █', '███'],
  '<': ['  █', ' █ ', '█  ', ' █ ', '  █'],
  M: ['█ █', '███', '███', '█ █', '█ █'],
  B: ['██ ', '█ █', '██ ', '█ █', '██ '],
}

/** Narrow ones stand on the lowest row only. */
const points: Record<string, string> = { ',': '▌', '.': '▘' }

const halves = [' ', '▄', '▀', '█']

/** The text in three rows, or undefined when the font lacks one of its characters. */
export function largeText(text: string): [string, string, string] | undefined {
  const characters = [...text]
  if (!characters.every((character) => character in font || character in points)) return undefined
  const row = (index: number) =>
    characters
      .map((character) => {
        const glyph = font[character]
        if (glyph === undefined) return index === 2 ? (points[character] ?? '') : ' '
        const upper = glyph[index * 2] ?? ''
        const lower = glyph[index * 2 + 1] ?? ''
        return Array.from(
          { length: 3 },
          (_, at) => halves[(upper[at] === '█' ? 2 : 0) + (lower[at] === '█' ? 1 : 0)],
        ).join('')
      })
      .join(' ')
  return [row(0), row(1), row(2)]
}
