import { on } from '../../base/emit.ts'
import type { Env, Timer } from '../../base/env.ts'
import type { EventName, Events, LogLevel } from '../../contract/events.ts'
import { lines } from './lines.ts'
import type { Line } from './template.ts'
import { Quota } from './quota.ts'
import { type Fields, jsonSink, type Sink, textSink, type Write } from './sink.ts'

export interface LogOptions {
  env: Env
  /** Lines below it are not written, and their events cost nothing. */
  level: LogLevel | 'silent'
  format: 'json' | 'text'
  /** Where lines go, each with its line feed. */
  write: Write
  /** Colours in `text`. */
  colours?: boolean
}

/** Listens to the events of this process and writes them down, until `end`. */
export interface Log {
  /** A line of whoever owns the process. */
  line(level: LogLevel, message: string, fields?: Fields): void
  end(): void
}

const windowMs = 10_000
const ranks: Record<LogLevel | 'silent', number> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/**
 * A log of everything that the core tells. The jobs' own lines are all written; of the core's, the first few of a kind in
 * ten seconds, and then a count.
 */
export async function startLog(options: LogOptions): Promise<Log> {
  const { env, level, format, write, colours = false } = options
  const sink: Sink =
    level === 'silent' ? () => {} : format === 'json' ? await jsonSink(write) : textSink(write, colours)
  const quota = new Quota()
  const put = (line: Line | undefined) => {
    if (line === undefined || ranks[line.level] < ranks[level]) return
    if (line.kind === undefined || quota.admits(line.kind)) sink(line.level, line.message, line.fields, env.nowMs())
  }
  const summarise = () => {
    for (const [kind, held] of quota.turn())
      sink('warn', `${held} more like this: ${kind}`, { held, seconds: windowMs / 1_000 }, env.nowMs())
  }
  const undo = subscribe(ranks[level], put)
  let timer: Timer | undefined
  // Set anew by itself, outside of any job: a timer made in a listener would carry the job that emitted.
  const arm = () => {
    timer = env.setTimer(() => (summarise(), arm()), windowMs, 'idle')
  }
  arm()
  return {
    line: (lineLevel, message, fields = {}) => put({ level: lineLevel, message, fields, kind: undefined }),
    end() {
      for (const stop of undo) stop()
      env.clearTimer(timer)
      summarise()
    },
  }
}

function subscribe(floor: number, put: (line: Line | undefined) => void): (() => void)[] {
  const wanted = (Object.keys(lines) as EventName[]).filter((event) => (lines[event]?.rank ?? -1) >= floor)
  return wanted.map((event) => {
    const { of } = lines[event] as { of: (payload: Events[EventName], floor: number) => Line | undefined }
    return on(event, (payload) => put(of(payload, floor)))
  })
}
