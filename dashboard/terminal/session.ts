import type { ReadStream, WriteStream } from 'node:tty'
import type { Env, Timer } from '../../src/base/env.ts'
import type { DashboardSource } from '../model/source.ts'
import { carryOut, type Action } from './actions.ts'
import { captureOutput, type Capture } from './capture.ts'
import { errorText } from './error-text.ts'
import { Feed } from './feed.ts'
import { refusedAt } from './form.ts'
import { frame, type Frame } from './frame.ts'
import { asciiGlyphs, glyphsFor, type Glyphs } from './glyphs.ts'
import { guard } from './guard.ts'
import type { Key, Outcome } from './keys/key.ts'
import { press } from './keys.ts'
import { fitLine, say, type Tone } from './line.ts'
import { point, type Mouse } from './mouse.ts'
import { paletteOf, themeOf } from './palette.ts'
import { openScreen, type Screen } from './screen.ts'
import { Tail } from './tail.ts'
import { firstView, type Command, type View } from './view.ts'
import type { Note, World } from './world.ts'

export interface SessionOptions {
  source: DashboardSource
  /** Absent: nothing of ours runs here, and to quit is to close. */
  quit?: ((how: 'drain' | 'now') => Promise<void>) | undefined
  input: ReadStream
  output: WriteStream
  env: Env
  refreshMs: number
  begins: 'home' | 'offer'
}

const noteMs = 5_000
/** Keys and resizes are drawn at once, but not each one of a burst. */
const burstMs = 30

/** One open dashboard: keeps what the person looks at, draws what the feed has heard, and gives the terminal back. */
export class Session {
  readonly closed: Promise<void>
  readonly #options: SessionOptions
  readonly #env: Env
  readonly #glyphs: Glyphs
  readonly #capture: Capture
  readonly #screen: Screen
  readonly #feed: Feed
  readonly #tail: Tail
  readonly #unguard: () => void
  #resolveClosed: () => void = () => {}
  #view: View
  #note: Note | undefined
  #drawn: Frame = { lines: [], places: [], scrollMax: 0 }
  #drawnView: View | undefined
  #timer: Timer | undefined
  #drawTimer: Timer | undefined
  #isClosed = false
  #isGone = false

  constructor(options: SessionOptions) {
    const { env, input, output, source } = options
    this.#options = options
    this.#env = env
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
    this.#glyphs = glyphsFor(process.env)
    const begins: Partial<View> =
      options.begins === 'offer' ? { tab: 'queues', mode: { is: 'offer', text: '', at: 0 } } : {}
    this.#view = { ...firstView, ...begins, theme: themeOf(process.env) }
    this.#feed = new Feed({ source, env, view: () => this.#view, onChange: () => this.#onChange() })
    this.#tail = new Tail({ source, env, onChange: () => this.#drawSoon() })
    this.#capture = captureOutput(output)
    try {
      this.#screen = this.#open()
    } catch (error) {
      this.#capture.release()
      throw error
    }
    this.#unguard = guard({
      input,
      output,
      onSignal: () => this.#quit(this.#view.quitting === 'no' ? 'drain' : 'now'),
      onGone: () => this.#onGone(),
      onEnd: () => this.close(),
    })
    this.#draw()
    this.#tick()
  }

  say(text: string, tone: Tone): void {
    this.#note = { text, tone, untilMs: this.#env.monoMs() + noteMs }
    this.#drawSoon()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#env.clearTimer(this.#timer)
    this.#env.clearTimer(this.#drawTimer)
    this.#tail.listen(false)
    this.#unguard()
    try {
      this.#screen.leave()
    } finally {
      this.#capture.release()
      this.#resolveClosed()
    }
  }

  #open(): Screen {
    return openScreen({
      input: this.#options.input,
      output: this.#options.output,
      write: this.#capture.write,
      palette: paletteOf(this.#view.theme),
      onlyAscii: this.#glyphs === asciiGlyphs,
      onKey: (key) => this.#onKey(key),
      onMouse: (mouse) => this.#onMouse(mouse),
      onResize: () => this.#drawSoon(),
    })
  }

  #quit(how: 'drain' | 'now'): void {
    const { quit } = this.#options
    if (quit === undefined) return this.close()
    this.#view = { ...this.#view, quitting: how }
    this.#drawSoon()
    // In a promise of its own: a `quit` that throws at once is treated like one that rejects.
    void Promise.resolve()
      .then(() => quit(how))
      .then(
        () => this.close(),
        (error: unknown) => {
          this.close()
          if (!this.#isGone) process.stderr.write(`quit failed: ${errorText(error)}\n`)
        },
      )
  }

  #onGone(): void {
    if (this.#isClosed) return
    this.#isGone = true
    this.close()
    this.#quit('drain')
  }

  #tick(): void {
    if (this.#isClosed) return
    this.#timer = this.#env.setTimer(() => this.#tick(), this.#options.refreshMs, 'idle')
    // While an answer is owed, what changes is how long it has been owed.
    if (this.#feed.isWaiting) this.#draw()
    void this.#feed.ask()
    this.#feed.look()
  }

  #onChange(): void {
    const { target } = this.#view
    const each = this.#feed.processes.map(({ snapshot }) => snapshot.fibers.concurrency)
    if (target !== undefined && each.every((one) => one === target)) this.#forgetTarget()
    this.#draw()
  }

  #onKey(key: Key): void {
    const world = this.#world()
    // Before the first answer one can only leave.
    if (world !== undefined) this.#meet(world, () => press(key, world, this.#drawn))
    else if (key.name === 'q' || key.name === 'C-c') this.#quit(this.#view.quitting === 'no' ? 'drain' : 'now')
  }

  #onMouse(mouse: Mouse): void {
    const world = this.#world()
    if (world !== undefined) this.#meet(world, () => point(mouse, world, this.#drawn))
  }

  #meet(world: World, outcomeOf: () => Outcome): void {
    if (this.#isClosed) return
    // Keys may come faster than frames: each one meets the screen that the one before it has made.
    if (this.#drawnView !== this.#view) this.#compose(world)
    const before = this.#view
    const { view, command, note } = outcomeOf()
    this.#view = view
    this.#note = undefined
    if (note !== undefined) this.say(note, 'text')
    if (view.theme !== before.theme) this.#screen.use(paletteOf(view.theme))
    this.#tail.listen(view.tab === 'logs')
    if (command !== undefined) this.#obey(command)
    else if (view !== before) this.#feed.look()
    this.#drawSoon()
  }

  #obey(command: Command): void {
    switch (command.do) {
      case 'quit':
        return this.#quit(command.how)
      case 'inspect':
        return this.#feed.look()
      case 'preview':
        return void this.#preview(command)
      default:
        return void this.#act(command)
    }
  }

  async #act(command: Action): Promise<void> {
    const { text, tone, gone, task, job, wrong } = await carryOut(this.#options.source, command)
    if (this.#isClosed) return
    if (gone !== undefined) this.#feed.forget(gone)
    if (task !== undefined) this.#view = { ...this.#view, task: task.id }
    if (job !== undefined) this.#view = { ...this.#view, mode: { is: 'inspect', id: job, scroll: 0 } }
    const { mode } = this.#view
    if (wrong !== undefined && mode.is === 'form')
      this.#view = { ...this.#view, mode: { ...mode, form: refusedAt(mode.form, wrong) } }
    if (tone === 'red') this.#forgetTarget()
    if (text !== '') this.say(text, tone)
    void this.#feed.ask()
    this.#feed.look(true)
  }

  /** Counts what a bulk action would be about, for as long as somebody wants to know. */
  async #preview({ action, filter }: Command & { do: 'preview' }): Promise<void> {
    const isAsked = () => this.#view.mode.is === 'bulk' && this.#view.mode.filter === filter
    const learn = (more: object) => {
      if (isAsked()) this.#view = { ...this.#view, mode: { ...this.#view.mode, ...more } }
      this.#drawSoon()
    }
    try {
      learn({ preview: await this.#options.source.bulk.preview(action, filter) })
    } catch (error) {
      learn({ problem: errorText(error) })
    }
  }

  #forgetTarget(): void {
    const { target: _, ...view } = this.#view
    this.#view = view
  }

  #world(): World | undefined {
    const { snapshot, history, processes, missing, data, silentMs, lost } = this.#feed
    if (snapshot === undefined || history === undefined) return undefined
    const { lines, dropped, error } = this.#tail
    return {
      snapshot,
      history,
      processes,
      missing,
      data,
      log: { lines, dropped, error },
      view: this.#view,
      note: this.#note !== undefined && this.#note.untilMs > this.#env.monoMs() ? this.#note : undefined,
      silentMs,
      lost,
      owns: this.#options.quit !== undefined,
      captured: this.#capture.lines,
      glyphs: this.#glyphs,
      columns: this.#screen.columns,
      rows: this.#screen.rows,
    }
  }

  #drawSoon(): void {
    if (this.#isClosed || this.#drawTimer !== undefined) return
    this.#drawTimer = this.#env.setTimer(() => this.#draw(), burstMs, 'idle')
  }

  #draw(): void {
    this.#env.clearTimer(this.#drawTimer)
    this.#drawTimer = undefined
    if (this.#isClosed) return
    const world = this.#world()
    if (world === undefined) return this.#drawWaiting()
    this.#compose(world)
    this.#screen.paint(this.#drawn.lines)
  }

  #drawWaiting(): void {
    const { lost } = this.#feed
    const text = this.#note?.text ?? lost ?? 'fiber-work: waiting for the worker'
    const line = [say(` ${this.#glyphs.product} `, 'blue'), say(text, lost === undefined ? 'dim' : 'red')]
    this.#screen.paint([fitLine(line, this.#screen.columns, this.#glyphs.mark)])
  }

  #compose(world: World): void {
    this.#drawn = frame(world)
    this.#drawnView = world.view
  }
}
