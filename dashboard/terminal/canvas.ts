import { columnsOfCharacter } from '../../src/base/text.ts'
import type { Line } from './line.ts'
import type { Palette } from './palette.ts'

/** The part of blessed's screen that is drawn upon: what shall be, what is, and the step from one to the other. */
export interface Grid {
  lines: (Cell[] & { dirty?: boolean })[]
  olines: Cell[][]
  draw(first: number, last: number): void
}

type Cell = [attribute: number, character: string]

const control = /[\u0000-\u001f\u007f-\u009f]/
const printableAscii = /^[\x20-\x7e]$/
const ascii: Record<string, string> = { '–': '-', '…': '~', '·': '.', '×': 'x', '’': "'", '−': '-', '↑': '^', '↓': 'v' }
/** Never on the screen: a cell that was marked with it is written again. */
const unknown = '\0'

/** Writes lines into a grid of cells. Lines that did not change cost a comparison of their text. */
export class Canvas {
  private palette: Palette
  private readonly onlyAscii: boolean
  private drawn: string[] = []

  constructor(palette: Palette, onlyAscii: boolean) {
    this.palette = palette
    this.onlyAscii = onlyAscii
  }

  /** From the next frame on: a line whose look has changed is drawn again. */
  use(palette: Palette): void {
    this.palette = palette
  }

  /** Forget what is on the screen: after a resize everything is drawn again. */
  reset(): void {
    this.drawn = []
  }

  paint(grid: Grid, lines: Line[]): void {
    let changed = false
    for (const [row, line] of lines.entries()) {
      const cells = grid.lines[row]
      const before = grid.olines[row]
      if (cells === undefined || before === undefined) continue
      const key = this.keyOf(line)
      if (this.drawn[row] === key) continue
      this.drawn[row] = key
      this.fill(cells, before, line, row)
      cells.dirty = true
      changed = true
    }
    if (changed) grid.draw(0, grid.lines.length - 1)
  }

  private keyOf(line: Line): string {
    return line.map((span) => `${this.palette(span)}:${span.text}`).join('\0')
  }

  private fill(cells: Cell[], before: Cell[], line: Line, row: number): void {
    let column = 0
    // A terminal may count other columns than we do for a character from outside. The next cell therefore says where it stands.
    let anchor = ''
    const put = (attribute: number, character: string) => {
      const cell = cells[column]
      if (cell === undefined) return
      cell[0] = attribute
      cell[1] = anchor + character
      anchor = ''
      column += 1
    }
    for (const span of line) {
      const attribute = this.palette(span)
      for (const raw of span.text) {
        const character = this.safe(raw)
        const width = raw.length === 1 && raw < '\u0300' ? 1 : columnsOfCharacter(raw)
        if (width === 0) {
          const cell = cells[column - 1]
          if (cell !== undefined && !this.onlyAscii) cell[1] += character
          anchor = this.move(row, column)
          continue
        }
        put(attribute, width === 2 && column + 1 >= cells.length ? ' ' : character)
        if (width === 1 && (printableAscii.test(character) || ours.test(character))) continue
        if (width === 2) {
          // The second half of a wide character is nothing, and blessed must not step over it: both halves are always written.
          if (before[column - 1] !== undefined) before[column - 1]![1] = unknown
          if (before[column] !== undefined) before[column]![1] = unknown
          put(attribute, this.onlyAscii ? '?' : '')
        }
        if (!this.onlyAscii) anchor = this.move(row, column)
      }
    }
    while (column < cells.length) put(0x3ffff, ' ')
  }

  private move(row: number, column: number): string {
    return `\x1b[${row + 1};${column + 1}H`
  }

  /** The last wall: whatever came here, no control character is written. */
  private safe(character: string): string {
    if (control.test(character)) return ' '
    if (!this.onlyAscii || printableAscii.test(character)) return character
    return ascii[character] ?? '?'
  }
}

/** Glyphs of our own and Latin letters, of which every terminal knows that they are one column wide. */
const ours = /^[\u00a1-\u02ff\u2013\u2014\u2016\u2026\u2190-\u21ff\u2500-\u25ff]$/
