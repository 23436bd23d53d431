import { createRequire } from 'node:module'
import type { ReadStream, WriteStream } from 'node:tty'
import { Canvas, type Grid } from './canvas.ts'
import type { Key } from './keys/key.ts'
import type { Line } from './line.ts'
import type { Mouse } from './mouse.ts'
import type { Palette } from './palette.ts'

interface Program {
  destroyed?: boolean
  input: unknown
  on(event: 'keypress', listener: (text: string | undefined, key: { full?: string; name?: string }) => void): void
  on(event: 'resize', listener: () => void): void
  on(event: 'mouse', listener: (mouse: { action: string; x: number; y: number }) => void): void
  bindMouse(): void
}

interface BlessedScreen extends Grid {
  program: Program
  rows: number
  cols: number
  destroyed?: boolean
  destroy(): void
}

interface Blessed {
  screen(options: object): BlessedScreen
  Screen: Record<string, unknown>
}

export interface ScreenOptions {
  input: ReadStream
  output: WriteStream
  /** Writes to the terminal, past whatever holds output back. */
  write(text: string): boolean
  palette: Palette
  onlyAscii: boolean
  onKey(key: Key): void
  onMouse(mouse: Mouse): void
  onResize(): void
}

export interface Screen {
  readonly columns: number
  readonly rows: number
  paint(lines: Line[]): void
  /** Other colours, from the next frame on. */
  use(palette: Palette): void
  /** The terminal as it was: the normal screen, its cursor, cooked input. */
  leave(): void
}

// Buttons and the wheel, without movements, which would fill a slow line; places in decimal digits, for wide screens. blessed's own switch asks for more.
const mouseOn = '\x1b[?1000h\x1b[?1006h'
const mouseOff = '\x1b[?1006l\x1b[?1000l'
const mouseActions: Record<string, Mouse['does']> = { mousedown: 'press', wheelup: 'wheelUp', wheeldown: 'wheelDown' }

/** More than this not yet taken by the terminal: it is slow or stuck, and frames are left out. */
const backlogBytesMax = 16 * 1_024

/** The alternate screen, drawn through blessed: its terminfo, its keys, its cell by cell comparison. */
export function openScreen(options: ScreenOptions): Screen {
  const { output } = options
  const blessed = loadBlessed()
  const screen = withoutAcs(() =>
    blessed.screen({
      input: options.input,
      output: outputFor(options),
      // A fixed terminal: blessed chokes on some entries of terminfo, and what it needs all terminals of today understand.
      terminal: 'xterm-256color',
      smartCSR: true,
      // Our cells hold whole characters and their empty second halves; blessed's own reckoning of widths is of 2015.
      fullUnicode: false,
      forceUnicode: true,
    }),
  )
  takeBackProcess(blessed)
  const canvas = new Canvas(options.palette, options.onlyAscii)
  screen.program.on('resize', () => {
    canvas.reset()
    options.onResize()
  })
  screen.program.on('keypress', (text, key) => {
    const name = key.full ?? key.name ?? text ?? ''
    // blessed tells of one press as `enter` and then as `return`.
    if (name !== 'return') options.onKey({ name, text: text ?? '' })
  })
  options.write(mouseOn)
  screen.program.bindMouse()
  screen.program.on('mouse', ({ action, x, y }) => {
    const does = mouseActions[action]
    if (does !== undefined) options.onMouse({ does, column: x, row: y })
  })
  // A terminal that stops reading (a stalled ssh) must not stop the worker: writes queue up here, and frames are left out.
  setBlocking(output, false)
  let left = false
  return {
    get columns() {
      return screen.cols
    },
    get rows() {
      return screen.rows
    },
    paint(lines) {
      if (!left && output.writableLength < backlogBytesMax) canvas.paint(screen, lines)
    },
    use: (palette) => canvas.use(palette),
    leave() {
      if (left) return
      left = true
      options.write(mouseOff)
      screen.destroy()
      options.write('\x1b[m')
      // What a stalled terminal has not taken must not hold up the end of the process.
      if (output.writableLength === 0) setBlocking(output, true)
    },
  }
}

function loadBlessed(): Blessed {
  return createRequire(import.meta.url)('blessed') as Blessed
}

/** Without this variable blessed draws with the alternate character set, which tmux and others show as letters. Only blessed shall see it. */
function withoutAcs<Result>(make: () => Result): Result {
  const before = process.env['NCURSES_NO_UTF8_ACS']
  process.env['NCURSES_NO_UTF8_ACS'] = '1'
  try {
    return make()
  } finally {
    if (before === undefined) delete process.env['NCURSES_NO_UTF8_ACS']
    else process.env['NCURSES_NO_UTF8_ACS'] = before
  }
}

/** blessed ends the process on signals and exceptions by itself; that is the owner's decision, and `guard.ts` restores the terminal. */
function takeBackProcess({ Screen: handlers }: Blessed): void {
  const events = {
    uncaughtException: '_exceptionHandler',
    SIGTERM: '_sigtermHandler',
    SIGINT: '_sigintHandler',
    SIGQUIT: '_sigquitHandler',
  }
  for (const [event, name] of Object.entries(events)) {
    const handler = handlers[name]
    if (typeof handler === 'function') process.removeListener(event, handler as () => void)
  }
}

/** The output as blessed sees it: the same terminal, written to past the capture. */
function outputFor({ output, write }: ScreenOptions): object {
  return {
    isTTY: true,
    get writable() {
      return output.writable
    },
    get columns() {
      return output.columns
    },
    get rows() {
      return output.rows
    },
    write,
    on: (event: string, listener: () => void) => output.on(event, listener),
    removeListener: (event: string, listener: () => void) => output.removeListener(event, listener),
  }
}

function setBlocking(output: WriteStream, blocking: boolean): void {
  const { _handle: handle } = output as { _handle?: { setBlocking?(blocking: boolean): void } }
  handle?.setBlocking?.(blocking)
}
