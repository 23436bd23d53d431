import { answered } from '../../base/answered.ts'
import { defaults } from '../../base/defaults.ts'
import { emit, on } from '../../base/emit.ts'
import { type Env, sleep, within } from '../../base/env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { Ledger } from '../../contract/ledger.ts'
import { minuteMs, partKey } from './keys.ts'
import { writeSpan } from './record.ts'
import { noteDepths, Tally } from './tally.ts'

/** Processes do not all write in the moment when a minute ends. */
const spreadMs = 5_000
/** Minutes that could not be written yet; the oldest goes. */
const unwrittenMax = 60
const depthMsMax = 5_000
/** A worker that stops waits no longer for its last look, and for its last minute to be written. */
const endMsMax = { look: 1_000, write: 3_000 }
/** A part lives so long if nobody adds it up: over a weekend without a worker. */
export const partForMs = 7 * 86_400_000

export interface RecorderPorts {
  env: Env
  ledger: Ledger
  /** Is this the session of the worker whose jobs are counted? */
  isMine: (session: string) => boolean
  depth: () => Promise<QueueDepth[]>
}

/** What is enqueued belongs to no worker: of several in one process one counts it. */
const counters: Recorder[] = []

/** Counts the events of one worker, and writes down one small record a minute. A crash loses the minute that it happens in. */
export class Recorder {
  readonly #ports: RecorderPorts
  readonly #tally = new Tally()
  readonly #writer: string
  readonly #unwritten = new Map<string, string>()
  readonly #end = new AbortController()
  #parts = 0
  #undo: (() => void)[] = []
  #loop: Promise<void> | undefined
  #tries = 0
  #beganMs = 0

  constructor(ports: RecorderPorts) {
    this.#ports = ports
    this.#writer = ports.env.id()
  }

  start(): void {
    const { isMine } = this.#ports
    counters.push(this)
    this.#undo = [
      on('job.started', (event) => {
        if (isMine(event.worker)) this.#tally.started(event.queue, event.name, event.waitedMs)
      }),
      on('job.ended', (event) => {
        if (isMine(event.worker)) this.#tally.ended(event.queue, event.name, event.verdict, event.runMs)
      }),
      on('job.enqueued', ({ queue, name, outcome }) => {
        if (counters[0] === this && (outcome === 'added' || outcome === 'replaced')) this.#tally.enqueued(queue, name)
      }),
    ]
    this.#loop = this.#run()
  }

  /** The minute that has begun is written down. */
  async stop(): Promise<void> {
    const { env } = this.#ports
    this.#end.abort()
    await this.#loop
    this.#undo.forEach((undo) => undo())
    counters.splice(counters.indexOf(this), 1)
    await this.#cut(this.#beganMs, endMsMax.look)
    await within(env, endMsMax.write, this.#write())
  }

  async #run(): Promise<void> {
    const { env } = this.#ports
    const { signal } = this.#end
    for (;;) {
      this.#beganMs = env.nowMs()
      await sleep(env, minuteMs - (this.#beganMs % minuteMs), signal, 'idle')
      if (signal.aborted) return
      await this.#cut(this.#beganMs)
      this.#beganMs = env.nowMs()
      await sleep(env, env.random() * spreadMs, signal, 'idle')
      if (signal.aborted) return
      await this.#write()
    }
  }

  /** Ends what is counted for the minute that began then. */
  async #cut(beganMs: number, timeoutMs = depthMsMax): Promise<void> {
    const { env, depth } = this.#ports
    const span = this.#tally.take()
    const call = { verb: 'depth', timeoutMs, kind: 'idle' } as const
    const depths = await answered(env, call, depth()).catch(() => [])
    noteDepths(span, depths, env.nowMs())
    if (span.size === 0) return
    this.#unwritten.set(partKey(beganMs, `${this.#writer}.${this.#parts++}`), writeSpan(span))
    if (this.#unwritten.size > unwrittenMax) this.#unwritten.delete(this.#unwritten.keys().next().value!)
  }

  /** What fails is written with the next minute, under the same key: nothing is there twice. */
  async #write(): Promise<void> {
    const { env, ledger } = this.#ports
    try {
      for (const [key, value] of this.#unwritten) {
        const call = { verb: 'history', timeoutMs: defaults.callTimeoutMs, kind: 'idle' } as const
        await answered(env, call, ledger.write([{ key, value, forMs: partForMs }]))
        this.#unwritten.delete(key)
      }
      this.#tries = 0
    } catch (error) {
      const tries = ++this.#tries
      const givenUp = this.#end.signal.aborted
      emit('store.failed', () => ({ verb: 'history', error, tries, givenUp }))
    }
  }
}
