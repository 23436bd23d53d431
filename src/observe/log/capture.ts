import { on } from '../../base/emit.ts'
import type { Env } from '../../base/env.ts'
import type { Events } from '../../contract/events.ts'
import type { JobLogLine } from '../../contract/fleet.ts'
import { clean, cleanText } from './clean.ts'
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

interface Entry {
  lines: { line: JobLogLine; bytes: number }[]
  bytes: number
}

/** Fields of a line that take more characters are left out of it. */
const fieldsCharsMax = 8_192
/** What a line takes besides its texts, two bytes a character. */
const lineBytes = 64

/**
 * Keeps what jobs log: while they run, and of those that ended last. Subscribes to the jobs' events; what it keeps is text, clean of
 * secrets, and holds nothing of the job.
 */
export function startCapture(options: CaptureOptions): Capture {
  const kept = new Kept(options)
  const undo = [
    on('job.started', ({ id }) => kept.started(id)),
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

class Kept {
  readonly #env: Env
  readonly #linesMax: number
  readonly #jobBytesMax: number
  readonly #endedMax: number
  readonly #bytesMax: number
  /** What runs, with lines or without. */
  readonly #runs = new Set<string>()
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
    if (entry !== undefined) return entry.lines.map(({ line }) => ({ ...line }))
    return this.#runs.has(id) ? [] : undefined
  }

  /** An attempt begins; the lines of those before stay with it. */
  started(id: string): void {
    this.#runs.add(id)
    const before = this.#ended.get(id)
    if (before === undefined) return
    this.#ended.delete(id)
    if (before.lines.length > 0) this.#running.set(id, before)
  }

  /** The attempt is over. What it failed with is its last line. */
  ended(event: Events['job.ended']): void {
    const { id } = event
    if (event.error !== undefined) {
      const told = jobLines['job.ended']!.of(event, 0)
      if (told !== undefined)
        this.add(id, { level: told.level, message: `${told.message}: ${String(told.fields['error'])}` })
    }
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
    const bytes = lineBytes + 2 * (line.message.length + (text?.length ?? 0))
    const home = this.#runs.has(id) ? this.#running : this.#ended
    let entry = home.get(id)
    if (entry === undefined) home.set(id, (entry = { lines: [], bytes: 0 }))
    entry.lines.push({ line, bytes })
    this.#grow(entry, bytes)
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
