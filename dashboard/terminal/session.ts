import type { ReadStream, WriteStream } from 'node:tty'
import type { DashboardSource } from '../../src/contract/dashboard.ts'
import type { JobRecord } from '../../src/contract/job.ts'
import type { Env, Timer } from '../../src/base/env.ts'
import { carryOut, errorText } from './actions.ts'
import { captureOutput, type Capture } from './capture.ts'
import { Feed } from './feed.ts'
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
/** Keys and resizes are drawn at once, but not each one of a burst. */
const burstMs = 30

/** One open dashboard: keeps what the person looks at, draws what the feed has heard, and gives the terminal back. */
export class Session {
  readonly closed: Promise<void>
  private readonly options: SessionOptions
  private readonly env: Env
  private readonly glyphs: Glyphs
  private readonly capture: Capture
  private readonly screen: Screen
  private readonly feed: Feed
  private readonly unguard: () => void
  private resolveClosed: () => void = () => {}
  private view: View = firstView
  private note: Note | undefined
  private drawn: Frame = { lines: [], shown: [], scrollMax: 0 }
  private drawnView: View | undefined
  private timer: Timer | undefined
  private drawTimer: Timer | undefined
  private isClosed = false
  private isGone = false

  constructor(options: SessionOptions) {
    const { env, input, output, source } = options
    this.options = options
    this.env = env
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve))
    this.glyphs = glyphsFor(process.env)
    this.feed = new Feed({
      source,
      env,
      view: () => this.view,
      onJob: (id, job) => this.onJob(id, job),
      onChange: () => this.onChange(),
      onError: (error) => this.say(errorText(error), 'red'),
    })
    this.capture = captureOutput(output)
    try {
      this.screen = this.open()
    } catch (error) {
      this.capture.release()
      throw error
    }
    this.unguard = guard({
      input,
      output,
      onSignal: () => this.quit(this.view.quitting === 'no' ? 'drain' : 'now'),
      onGone: () => this.onGone(),
      onEnd: () => this.close(),
    })
    this.draw()
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

  private open(): Screen {
    return openScreen({
      input: this.options.input,
      output: this.options.output,
      write: this.capture.write,
      palette: paletteFor(process.env),
      onlyAscii: this.glyphs === asciiGlyphs,
      onKey: (key) => this.onKey(key),
      onResize: () => this.drawSoon(),
    })
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
          if (!this.isGone) process.stderr.write(`quit failed: ${errorText(error)}\n`)
        },
      )
  }

  private onGone(): void {
    if (this.isClosed) return
    this.isGone = true
    this.close()
    this.quit('drain')
  }

  private tick(): void {
    if (this.isClosed) return
    this.timer = this.env.setTimer(() => this.tick(), this.options.refreshMs, 'idle')
    // While an answer is owed, what changes is how long it has been owed.
    if (this.feed.isWaiting) this.draw()
    void this.feed.ask()
    void this.feed.look()
  }

  private onChange(): void {
    if (this.view.target === this.feed.snapshot?.fibers.concurrency) this.forgetTarget()
    this.draw()
  }

  private onJob(id: string, job: JobRecord | undefined): void {
    const { mode } = this.view
    if (mode.is !== 'inspect' || mode.id !== id) return
    // A job that was there and is gone keeps its last state on the screen.
    const kept = job ?? mode.job
    this.view = { ...this.view, mode: { ...mode, answered: true, ...(kept === undefined ? {} : { job: kept }) } }
  }

  private onKey(key: Key): void {
    if (this.isClosed) return
    const world = this.world()
    if (world === undefined) {
      // Before the first answer one can only leave.
      if (key.name === 'q' || key.name === 'C-c') this.quit(this.view.quitting === 'no' ? 'drain' : 'now')
      return
    }
    // Keys may come faster than frames: each one meets the screen that the one before it has made.
    if (this.drawnView !== this.view) this.compose(world)
    const { view, command, note } = press(key, world, this.drawn)
    const tabChanged = view.tab !== this.view.tab
    this.view = view
    this.note = undefined
    if (note !== undefined) this.say(note, 'text')
    if (command !== undefined) this.obey(command)
    else if (tabChanged) void this.feed.look(true)
    this.drawSoon()
  }

  private obey(command: Command): void {
    if (command.do === 'quit') return this.quit(command.how)
    if (command.do === 'inspect') {
      void this.feed.look(true)
      return
    }
    void carryOut(this.options.source, command).then(({ text, tone, gone }) => {
      if (gone !== undefined) this.feed.forget(gone)
      if (tone === 'red') this.forgetTarget()
      this.say(text, tone)
      void this.feed.ask()
      void this.feed.look(true)
    })
  }

  private forgetTarget(): void {
    const { target: _, ...view } = this.view
    this.view = view
  }

  private world(): World | undefined {
    const { snapshot, history, dead, silentMs } = this.feed
    if (snapshot === undefined || history === undefined) return undefined
    return {
      snapshot,
      history,
      dead,
      view: this.view,
      note: this.note !== undefined && this.note.untilMs > this.env.monoMs() ? this.note : undefined,
      silentMs,
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
      const text = [
        say(` ${this.glyphs.product} `, 'blue'),
        say(this.note?.text ?? 'fiber-work: waiting for the worker', 'dim'),
      ]
      this.screen.paint([fitLine(text, this.screen.columns, this.glyphs.mark)])
      return
    }
    this.compose(world)
    this.screen.paint(this.drawn.lines)
  }

  private compose(world: World): void {
    this.drawn = frame(world)
    this.drawnView = world.view
  }
}
