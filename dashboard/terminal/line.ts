import { columnsOf, cut, plain } from '../../src/base/text.ts'

/** What a piece of text means; the palette knows the colour. `low` and `high` are the two series of a chart. */
export type Tone = 'text' | 'dim' | 'strong' | 'blue' | 'orange' | 'red' | 'faint' | 'low' | 'high'

/** A run of text in one look. Its text is always `plain`: make it with `say`. */
export interface Span {
  text: string
  tone: Tone
  /** The background. */
  on?: 'blue' | 'orange' | 'red' | 'selection' | 'high'
  bold?: boolean
}

/** One row of the screen. */
export type Line = Span[]

/** No screen shows more of one text; the rest is not looked at. */
export const charactersMax = 2_000

/** The only way for text to get onto the screen: nothing in it can steer the terminal. */
export function say(text: string, tone: Tone = 'text', look: Pick<Span, 'on' | 'bold'> = {}): Span {
  return { text: plain(text.length > charactersMax ? text.slice(0, charactersMax) : text), tone, ...look }
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + columnsOf(text), 0)
}

/** The line in exactly `columns` columns: cut with `mark`, or filled with spaces on the side away from `align`. */
export function fitLine(line: Line, columns: number, mark: string, align: 'left' | 'right' = 'left'): Line {
  if (columns <= 0) return []
  const width = widthOf(line)
  if (width <= columns) {
    const space = { text: ' '.repeat(columns - width), tone: 'text' as const }
    if (width === columns) return line
    return align === 'left' ? [...line, space] : [space, ...line]
  }
  const kept: Line = []
  let left = columns
  for (const [index, span] of line.entries()) {
    const wide = columnsOf(span.text)
    const last = index === line.length - 1
    // The mark must still fit: a span that would fill the line to its end is cut as well when more would follow.
    if (wide < left || (wide === left && last)) {
      kept.push(span)
      left -= wide
      continue
    }
    const text = wide === left ? cut(`${span.text}  `, left, mark) : cut(span.text, left, mark)
    kept.push({ ...span, text })
    left -= columnsOf(text)
    break
  }
  return left > 0 ? [...kept, { text: ' '.repeat(left), tone: 'text' }] : kept
}

/** `left … right` over the whole width; when both do not fit the right side gives way, then the left is cut. */
export function spread(left: Line, right: Line, columns: number, mark: string): Line {
  const room = columns - widthOf(left)
  if (widthOf(right) + 2 > room) return fitLine(left, columns, mark)
  return [...left, { text: ' '.repeat(room - widthOf(right)), tone: 'text' }, ...right]
}

/** Every span of the line on this background. */
export function onBackground(line: Line, on: NonNullable<Span['on']>): Line {
  return line.map((span) => ({ ...span, on }))
}

/** The text in lines of at most `columns`; broken at spaces where that wastes little. At most `linesMax` lines. */
export function wrap(text: string, columns: number, linesMax: number, mark: string): string[] {
  const lines: string[] = []
  let rest = plain(text.slice(0, columns * linesMax * 2)).trim()
  while (rest !== '' && lines.length < linesMax) {
    if (columnsOf(rest) <= columns) return [...lines, rest]
    if (lines.length === linesMax - 1) return [...lines, cut(rest, columns, mark)]
    const head = cut(rest, columns, '')
    const space = head.lastIndexOf(' ')
    const end = space > columns * 0.6 ? space : Math.max(head.length, 1)
    lines.push(rest.slice(0, end))
    // Plain again: a mark that lost its base to the line before would be dropped from a copy only, and the two would disagree.
    rest = plain(rest.slice(end)).trimStart()
  }
  return lines
}
