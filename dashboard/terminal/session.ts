import type { ReadStream, WriteStream } from 'node:tty'
import type { DashboardSource, Snapshot } from '../../src/contract/dashboard.ts'
import type { JobRecord } from '../../src/contract/job.ts'
import type { Env, Timer } from '../../src/base/env.ts'
import { advance, type History } from '../model/history.ts'
import { carryOut, errorText } from './actions.ts'
import { captureOutput, type Capture } from './capture.ts'
import { frame, type Frame } from './frame.ts'
import { asciiGlyphs, glyphsFor, type Glyphs } from './glyphs.ts'
import { guard } from './guard.ts'
import { press, type Key } from './keys.ts'
import { fitLine, say, type Tone } from './line.ts'
import { paletteFor } from './palette.ts'
import { openScreen, type Screen } from './screen.ts'
import { firstView, type Command, type Note, type View, type World } from './view.ts'

export interface SessionOptions {
  source: DashboardSource
  quit: (how: 'drain' | 'now') => Promise<void>
  input: ReadStream
  output: WriteStream
  env: Env
  refreshMs: number
}

const noteMs = 5_000
/** How often the lists of the store are asked for while they are looked at. */
const lookMs = 2_000
const deadMax = 500
/** Keys and resizes are drawn at once, but not each one of a burst. */
const burstMs = 30

/** One open dashboard: asks the source, keeps what the person looks at, draws, and gives the terminal back. */
export class Session {
  readonly closed: Promise<void>
  private readonly options: SessionOptions
  private readonly env: Env
  private readonly glyphs: Glyphs
  private readonly capture: Capture
  private readonly screen: Screen
  private readonly unguard: () => void
  private resolveClosed: () => void = () => {}
  private view: View = firstView
  private snapshot: Snapshot | undefined
  private history: History | undefined
  private dead: JobRecord[] | undefined
  private note: Note | undefined
  private drawn: Frame = { lines: [], shown: [], scrollMax: 0 }
  private timer: Timer | undefined
  private drawTimer: Timer | undefined
  private asking = false
  private looking = false
  private lookedAtMs = -Infinity
  private heardAtMs: number
  private isClosed = false

  constructor(options: SessionOptions) {
    const { env, input, output } = options
    this.options = options
    this.env = env
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve))
    this.glyphs = glyphsFor(process.env)
    this.capture = captureOutput(output)
    this.heardAtMs = env.monoMs()
    try {
      this.screen = openScreen({
        input,
        output,
        write: this.capture.write,
        palette: paletteFor(process.env),
        onlyAscii: this.glyphs === asciiGlyphs,
        onKey: (key) => this.onKey(key),
        onResize: () => this.drawSoon(),
      })
    } catch (error) {
      this.capture.release()
      throw error
    }
    this.unguard = guard({
      input,
      output,
      onSignal: () => this.quit(this.view.quitting === 'no' ? 'drain' : 'now'),
      onGone: () => {
        this.close()
        this.quit('drain')
      },
      onEnd: () => this.close(),
    })
    this.tick()
  }

  say(text: string, tone: Tone): void {
    this.note = { text, tone, untilMs: this.env.monoMs() + noteMs }
    this.drawSoon()
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.env.clearTimer(this.timer)
    this.env.clearTimer(this.drawTimer)
    this.unguard()
    try {
      this.screen.leave()
    } finally {
      this.capture.release()
      this.resolveClosed()
    }
  }

  private quit(how: 'drain' | 'now'): void {
    this.view = { ...this.view, quitting: how }
    this.drawSoon()
    // In a promise of its own: a `quit` that throws at once is treated like one that rejects.
    void Promise.resolve()
      .then(() => this.options.quit(how))
      .then(
        () => this.close(),
        (error: unknown) => {
          this.close()
          process.stderr.write(`quit failed: ${errorText(error)}\n`)
        },
      )
  }

  private tick(): void {
    if (this.isClosed) return
    this.timer = this.env.setTimer(() => this.tick(), this.options.refreshMs, 'idle')
    // While an answer is owed, what changes is how long it has been owed.
    if (this.asking) this.draw()
    void this.ask()
    void this.look()
  }

  /** A snapshot; the next one is not asked for before it has come. */
  private async ask(): Promise<void> {
    if (this.asking) return
    this.asking = true
    try {
      const snapshot = await this.options.source.snapshot()
      this.snapshot = snapshot
      this.history = advance(this.history, snapshot)
      this.heardAtMs = this.env.monoMs()
      if (this.view.target === snapshot.fibers.concurrency) this.forgetTarget()
    } catch (error) {
      this.say(errorText(error), 'red')
    } finally {
      this.asking = false
    }
    this.draw()
  }

  /** What only an open tab or an open job needs. */
  private async look(now = false): Promise<void> {
    const { mode, tab } = this.view
    if (this.looking || (!now && this.env.monoMs() - this.lookedAtMs < lookMs)) return
    if (tab !== 'dead' && mode.is !== 'inspect') return
    this.looking = true
    this.lookedAtMs = this.env.monoMs()
    try {
      if (mode.is === 'inspect') {
        const job = await this.options.source.job(mode.id)
        this.answer(mode.id, job)
      } else {
        const page = await this.options.source.list({ states: ['dead', 'quarantined'] }, { limit: deadMax })
        this.dead = page.jobs
      }
    } catch (error) {
      this.say(errorText(error), 'red')
    } finally {
      this.looking = false
    }
    this.drawSoon()
  }

  private answer(id: string, job: JobRecord | undefined): void {
    const { mode } = this.view
    if (mode.is !== 'inspect' || mode.id !== id) return
    // A job that was there and is gone keeps its last state on the screen.
    const kept = job ?? mode.job
    this.view = { ...this.view, mode: { ...mode, answered: true, ...(kept === undefined ? {} : { job: kept }) } }
  }

  private onKey(key: Key): void {
    const world = this.world()
    if (this.isClosed) return
    if (world === undefined) {
      // Before the first answer one can only leave.
      if (key.name === 'q' || key.name === 'C-c') this.quit(this.view.quitting === 'no' ? 'drain' : 'now')
      return
    }
    const { view, command, note } = press(key, world, this.drawn)
    const tabChanged = view.tab !== this.view.tab
    this.view = view
    this.note = undefined
    if (note !== undefined) this.say(note, 'text')
    if (command !== undefined) this.obey(command)
    else if (tabChanged) void this.look(true)
    this.drawSoon()
  }

  private obey(command: Command): void {
    if (command.do === 'quit') return this.quit(command.how)
    if (command.do === 'inspect') {
      void this.look(true)
      return
    }
    void carryOut(this.options.source, command).then(({ text, tone }) => {
      if (tone === 'red') this.forgetTarget()
      this.say(text, tone)
      void this.ask()
      void this.look(true)
    })
  }

  private forgetTarget(): void {
    const { target: _, ...view } = this.view
    this.view = view
  }

  private world(): World | undefined {
    const { snapshot, history } = this
    if (snapshot === undefined || history === undefined) return undefined
    const nowMs = this.env.monoMs()
    return {
      snapshot,
      history,
      dead: this.dead,
      view: this.view,
      note: this.note !== undefined && this.note.untilMs > nowMs ? this.note : undefined,
      silentMs: this.asking ? nowMs - this.heardAtMs : 0,
      captured: this.capture.lines,
      glyphs: this.glyphs,
      columns: this.screen.columns,
      rows: this.screen.rows,
    }
  }

  private drawSoon(): void {
    if (this.isClosed || this.drawTimer !== undefined) return
    this.drawTimer = this.env.setTimer(() => this.draw(), burstMs, 'idle')
  }

  private draw(): void {
    this.env.clearTimer(this.drawTimer)
    this.drawTimer = undefined
    if (this.isClosed) return
    const world = this.world()
    if (world === undefined) {
      const { columns } = this.screen
      this.screen.paint([
        fitLine(
          [say(` ${this.glyphs.product} `, 'blue'), say('fiber-work: waiting for the worker', 'dim')],
          columns,
          this.glyphs.mark,
        ),
      ])
      return
    }
    this.drawn = frame(world)
    this.screen.paint(this.drawn.lines)
  }
}
