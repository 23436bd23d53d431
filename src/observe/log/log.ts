import { on } from '../../base/emit.ts'
import type { Env, Timer } from '../../base/env.ts'
import type { EventName, Events, LogLevel } from '../../contract/events.ts'
import { type LogFloor, Levels, ranks } from './levels.ts'
import { lines } from './lines.ts'
import { type Held, Quota } from './quota.ts'
import { type Fields, jsonSink, type Sink, textSink, type Write } from './sink.ts'
import type { Line } from './template.ts'

export interface LogOptions {
  env: Env
  /** Lines below it are not written, and their events cost nothing. */
  level: LogFloor
  /** The same for jobs of single definitions, by their names; `level` holds for all others. */
  levels?: Readonly<Record<string, LogFloor>>
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

/**
 * A log of everything that the core tells. The jobs' own lines are all written; of the core's, the first few of a kind in
 * ten seconds, and then a count, less and less often where it does not end.
 */
export async function startLog(options: LogOptions): Promise<Log> {
  const { env, level, format, write, colours = false } = options
  const levels = new Levels(level, options.levels)
  const sink: Sink =
    levels.least === ranks.silent ? () => {} : format === 'json' ? await jsonSink(write) : textSink(write, colours)
  const quota = new Quota()
  const put = (line: Line | undefined, floor: number) => {
    if (line === undefined || ranks[line.level] < floor) return
    if (line.kind === undefined || quota.admits(line.kind)) sink(line.level, line.message, line.fields, env.nowMs())
  }
  const summarise = (counts: Held[]) => {
    for (const { kind, held, windows } of counts)
      sink('warn', `${held} more like this: ${kind}`, { held, seconds: (windows * windowMs) / 1_000 }, env.nowMs())
  }
  const undo = subscribe(levels, put)
  let timer: Timer | undefined
  // Set anew by itself, outside of any job: a timer made in a listener would carry the job that emitted.
  const arm = () => {
    timer = env.setTimer(() => (summarise(quota.turn()), arm()), windowMs, 'idle')
  }
  arm()
  return {
    line: (lineLevel, message, fields = {}) =>
      put({ level: lineLevel, message, fields, kind: undefined }, ranks[level]),
    end() {
      for (const stop of undo) stop()
      env.clearTimer(timer)
      summarise(quota.end())
    },
  }
}

function subscribe(levels: Levels, put: (line: Line | undefined, floor: number) => void): (() => void)[] {
  const wanted = (Object.keys(lines) as EventName[]).filter((event) => (lines[event]?.rank ?? -1) >= levels.least)
  return wanted.map((event) => {
    const { of } = lines[event] as { of: (payload: Events[EventName], floor: number) => Line | undefined }
    return on(event, (payload) => {
      const floor = levels.floor((payload as { name?: unknown }).name)
      put(of(payload, floor), floor)
    })
  })
}
