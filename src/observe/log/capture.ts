import { on } from '../../base/emit.ts'
import type { Env } from '../../base/env.ts'
import type { Events } from '../../contract/events.ts'
import type { JobLogLine } from '../../contract/fleet.ts'
import { clean, cleanText, errorLine } from './clean.ts'
import { type AttemptNote, lineOfAttempt } from './attempt-lines.ts'
import { type CallNote, hearCalls, lineOfCall } from './call-lines.ts'

export interface CaptureOptions {
  env: Env
  /** The newest lines of a job; 200 by default. */
  linesMax?: number
  /** Of one job's lines; 64 KiB by default. */
  jobBytesMax?: number
  /** Jobs that have ended and are remembered, the newest; 1,000 by default. */
  endedMax?: number
  /** In all; 8 MiB by default. The oldest of what has ended goes first, then the oldest of what runs. */
  bytesMax?: number
}

/** The lines of this process's jobs, in memory, until `end`. */
export interface Capture {
  /** Oldest first, whatever the level of the log; undefined: the job has not run here, or is forgotten. */
  of(id: string): JobLogLine[] | undefined
  readonly bytes: number
  end(): void
}

/** What is not a line yet becomes one when somebody reads it: few are read. */
type Kept = { bytes: number } & ({ line: JobLogLine } | { call: CallNote } | { of: AttemptNote })

/** What is kept of a job. Most run once, say nothing and are done: of them there is this object alone, and no lines. */
interface Entry {
  /** When the newest attempt began, and which it was. */
  atMs: number
  attempt: number
  /** How many calls it has made through facades. */
  calls: number
  /** Of a job that has said nothing and is done: when, and after how long. */
  done: { atMs: number; ms: number } | undefined
  /** Made with the first thing that is to be told besides. */
  lines: Kept[] | undefined
  bytes: number
}

/** So many calls through facades are kept of an attempt, the first ones; of those behind them the ones that failed. */
const callsMax = 100

/** Fields of a line that take more characters are left out of it. */
const fieldsCharsMax = 8_192
/** What a line takes besides its texts, two bytes a character. */
const lineBytes = 64

/**
 * Keeps what jobs log: while they run, and of those that ended last. Subscribes to the jobs' events; what it keeps is text, clean of
 * secrets, and holds nothing of the job.
 */
export function startCapture(options: CaptureOptions): Capture {
  const kept = new Store(options)
  const undo = [
    on('job.started', (event) => kept.started(event)),
    hearCalls((id, call) => kept.called(id, call)),
    on('job.log', (event) => kept.add(event.id, event)),
    on('job.ended', (event) => kept.ended(event)),
  ]
  return {
    of: (id) => kept.of(id),
    get bytes() {
      return kept.bytes
    },
    end() {
      for (const stop of undo) stop()
      kept.clear()
    },
  }
}

class Store {
  readonly #env: Env
  readonly #linesMax: number
  readonly #jobBytesMax: number
  readonly #endedMax: number
  readonly #bytesMax: number
  /** What runs, with lines or without. */
  readonly #runs = new Map<string, Entry>()
  /** What runs and has lines, oldest job first, as maps are. */
  readonly #running = new Map<string, Entry>()
  /** What has ended, oldest first. */
  readonly #ended = new Map<string, Entry>()
  bytes = 0

  constructor({ env, linesMax, jobBytesMax, endedMax, bytesMax }: CaptureOptions) {
    this.#env = env
    this.#linesMax = linesMax ?? 200
    this.#jobBytesMax = jobBytesMax ?? 65_536
    this.#endedMax = endedMax ?? 1_000
    this.#bytesMax = bytesMax ?? 8 * 1_048_576
  }

  clear(): void {
    this.#runs.clear()
    for (const home of [this.#running, this.#ended]) while (this.#forget(home));
  }

  of(id: string): JobLogLine[] | undefined {
    const entry = this.#runs.get(id) ?? this.#ended.get(id)
    return entry && (entry.lines ?? quietLines(entry)).map(lineOf)
  }

  /** An attempt begins; the lines of those before stay with it. */
  started({ id, attempt }: Events['job.started']): void {
    const atMs = this.#env.nowMs()
    const before = this.#ended.get(id)
    if (before === undefined) {
      this.#runs.set(id, { atMs, attempt, calls: 0, done: undefined, lines: undefined, bytes: 0 })
      return
    }
    this.#ended.delete(id)
    this.#speaks(before)
    this.#runs.set(id, Object.assign(before, { atMs, attempt, calls: 0, done: undefined }))
    this.#keep(id, { of: { atMs, attempt }, bytes: lineBytes })
  }

  called(id: string, call: Omit<CallNote, 'atMs'>): void {
    const run = this.#runs.get(id)
    // What is told after the end is a zombie's, and of a job whose start was not heard nobody knows the number.
    if (run === undefined || (++run.calls > callsMax && !call.failed)) return
    const chars = call.what.length + call.outcome.length
    this.#keep(id, { call: { ...call, atMs: this.#env.nowMs() }, bytes: 2 * lineBytes + 2 * chars })
  }

  /** The attempt is over: how, and what it failed with, is its last line. */
  ended({ id, attempt, verdict, runMs, error }: Events['job.ended']): void {
    const atMs = this.#env.nowMs()
    const ms = Math.round(runMs)
    const run = this.#runs.get(id)
    if (run !== undefined && run.lines === undefined && verdict === 'done') run.done = { atMs, ms }
    else {
      const told = error === undefined ? undefined : errorLine(error)
      const calls = run !== undefined && run.calls > callsMax ? run.calls : undefined
      const end = { verdict, ms, error: told, calls }
      this.#keep(id, { of: { atMs, attempt, end }, bytes: 2 * lineBytes + 2 * (told?.length ?? 0) })
    }
    const entry = run ?? this.#ended.get(id)
    this.#runs.delete(id)
    this.#running.delete(id)
    this.#ended.delete(id)
    if (entry !== undefined) this.#ended.set(id, entry)
    if (this.#ended.size > this.#endedMax) this.#forget(this.#ended)
  }

  /** A line of a job whose start was not heard counts as one of a job that has ended: nobody may tell its end. */
  add(
    id: string,
    { level, message, fields }: { level: JobLogLine['level']; message: string; fields?: object | undefined },
  ): void {
    const line: JobLogLine = { atMs: this.#env.nowMs(), level, message: cleanText(message) }
    const text = fields === undefined ? undefined : textOf(fields)
    if (text !== undefined) line.fields = text
    this.#keep(id, { line, bytes: lineBytes + 2 * (line.message.length + (text?.length ?? 0)) })
  }

  #keep(id: string, kept: Kept): void {
    const run = this.#runs.get(id)
    const entry = run ?? this.#ended.get(id) ?? { atMs: 0, attempt: 0, calls: 0, done: undefined, lines: [], bytes: 0 }
    const home = run === undefined ? this.#ended : this.#running
    if (!home.has(id)) home.set(id, entry)
    const lines = this.#speaks(entry)
    lines.push(kept)
    this.#grow(entry, kept.bytes)
    while (lines.length > this.#linesMax || (entry.bytes > this.#jobBytesMax && lines.length > 1)) {
      this.#grow(entry, -lines.shift()!.bytes)
    }
    if (this.#ended.size > this.#endedMax) this.#forget(this.#ended)
    while (this.bytes > this.#bytesMax && this.#forget(this.#ended));
    while (this.bytes > this.#bytesMax && this.#forget(this.#running));
  }

  /** What was told by the entry alone becomes lines. */
  #speaks(entry: Entry): Kept[] {
    if (entry.lines !== undefined) return entry.lines
    entry.lines = quietLines(entry)
    for (const { bytes } of entry.lines) this.#grow(entry, bytes)
    return entry.lines
  }

  #grow(entry: Entry, bytes: number): void {
    entry.bytes += bytes
    this.bytes += bytes
  }

  /** The lines of the oldest one; what runs goes on with none. */
  #forget(home: Map<string, Entry>): boolean {
    for (const [id, entry] of home) {
      this.bytes -= entry.bytes
      entry.bytes = 0
      entry.lines = []
      return home.delete(id)
    }
    return false
  }
}

function quietLines({ atMs, attempt, done }: Entry): Kept[] {
  const began: Kept = { of: { atMs, attempt }, bytes: lineBytes }
  if (done === undefined) return [began]
  const end = { verdict: 'done', ms: done.ms, error: undefined, calls: undefined } as const
  return [began, { of: { atMs: done.atMs, attempt, end }, bytes: 2 * lineBytes }]
}

function lineOf(kept: Kept): JobLogLine {
  if ('line' in kept) return { ...kept.line }
  return 'call' in kept ? lineOfCall(kept.call) : lineOfAttempt(kept.of)
}

function textOf(fields: object): string | undefined {
  const text = JSON.stringify(clean(fields as Record<string, unknown>))
  if (text === '{}') return undefined
  return text.length <= fieldsCharsMax ? text : JSON.stringify({ cut: `fields of ${text.length} characters` })
}
