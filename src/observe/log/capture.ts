import { on } from '../../base/emit.ts'
import type { Env } from '../../base/env.ts'
import type { Events } from '../../contract/events.ts'
import type { JobLogLine } from '../../contract/fleet.ts'
import { clean, cleanText } from './clean.ts'
import { type CallNote, hearCalls, lineOfCall } from './call-lines.ts'
import { jobLines } from './job-lines.ts'

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

/** A call is made a line when somebody reads it: few are read. */
type Kept = { bytes: number } & ({ line: JobLogLine } | { call: CallNote })

interface Entry {
  lines: Kept[]
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
  /** What runs, with lines or without, and how many calls it has made through facades. */
  readonly #runs = new Map<string, { calls: number }>()
  /** Lines of what runs and has some, oldest job first, as maps are. */
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
    const entry = this.#running.get(id) ?? this.#ended.get(id)
    if (entry !== undefined)
      return entry.lines.map((kept) => ('line' in kept ? { ...kept.line } : lineOfCall(kept.call)))
    return this.#runs.has(id) ? [] : undefined
  }

  /** An attempt begins; the lines of those before stay with it. */
  started({ id, attempt }: Events['job.started']): void {
    this.#runs.set(id, { calls: 0 })
    const before = this.#ended.get(id)
    if (before !== undefined) {
      this.#ended.delete(id)
      this.#running.set(id, before)
    }
    const line: JobLogLine = { atMs: this.#env.nowMs(), level: 'debug', message: `attempt ${attempt} started` }
    this.#keep(id, { line, bytes: lineBytes })
  }

  called(id: string, call: Omit<CallNote, 'atMs'>): void {
    const run = this.#runs.get(id)
    // What is told after the end is a zombie's, and of a job whose start was not heard nobody knows the number.
    if (run === undefined || (++run.calls > callsMax && !call.failed)) return
    const chars = call.what.length + call.outcome.length
    this.#keep(id, { call: { ...call, atMs: this.#env.nowMs() }, bytes: 2 * lineBytes + 2 * chars })
  }

  /** The attempt is over: how, and what it failed with, is its last line. */
  ended(event: Events['job.ended']): void {
    const { id, attempt, verdict, error } = event
    const told = jobLines['job.ended']!.of(event, 0)!
    const calls = this.#runs.get(id)?.calls ?? 0
    const fields = { attempt, outcome: verdict, ms: Math.round(event.runMs), ...(calls > callsMax && { calls }) }
    const message = error === undefined ? told.message : `${told.message}: ${String(told.fields['error'])}`
    const line: JobLogLine = { atMs: this.#env.nowMs(), level: told.level, message, fields: JSON.stringify(fields) }
    this.#keep(id, { line, bytes: 2 * lineBytes + 2 * message.length })
    const entry = this.#running.get(id) ?? this.#ended.get(id) ?? { lines: [], bytes: 0 }
    this.#runs.delete(id)
    this.#running.delete(id)
    this.#ended.delete(id)
    this.#ended.set(id, entry)
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
    const home = this.#runs.has(id) ? this.#running : this.#ended
    let entry = home.get(id)
    if (entry === undefined) home.set(id, (entry = { lines: [], bytes: 0 }))
    entry.lines.push(kept)
    this.#grow(entry, kept.bytes)
    while (entry.lines.length > this.#linesMax || (entry.bytes > this.#jobBytesMax && entry.lines.length > 1)) {
      this.#grow(entry, -entry.lines.shift()!.bytes)
    }
    if (this.#ended.size > this.#endedMax) this.#forget(this.#ended)
    while (this.bytes > this.#bytesMax && this.#forget(this.#ended));
    while (this.bytes > this.#bytesMax && this.#forget(this.#running));
  }

  #grow(entry: Entry, bytes: number): void {
    entry.bytes += bytes
    this.bytes += bytes
  }

  /** The lines of the oldest one; what runs goes on with none. */
  #forget(home: Map<string, Entry>): boolean {
    for (const [id, entry] of home) {
      this.bytes -= entry.bytes
      return home.delete(id)
    }
    return false
  }
}

function textOf(fields: object): string | undefined {
  const text = JSON.stringify(clean(fields as Record<string, unknown>))
  if (text === '{}') return undefined
  return text.length <= fieldsCharsMax ? text : JSON.stringify({ cut: `fields of ${text.length} characters` })
}
