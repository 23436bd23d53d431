import { plain } from '../../base/text.ts'
import type { LogLevel } from '../../contract/events.ts'
import { clean, cleanText } from './clean.ts'

export type Fields = Record<string, unknown>

/** Takes lines; what it writes is clean already of secrets and of what could steer a terminal. */
export type Sink = (level: LogLevel, message: string, fields: Fields, atMs: number) => void

export type Write = (line: string) => void

/** One JSON object a line, by pino, which is loaded for it. */
export async function jsonSink(write: Write): Promise<Sink> {
  const { pino } = await import('pino')
  const logger = pino(
    {
      level: 'debug',
      timestamp: false,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  return (level, message, fields, atMs) => {
    logger[level]({ time: new Date(atMs).toISOString(), ...clean(fields) }, cleanText(message))
  }
}

const painted: Record<LogLevel, [string, string]> = {
  debug: ['\x1b[2m', 'debug'],
  info: ['\x1b[36m', 'info '],
  warn: ['\x1b[33m', 'warn '],
  error: ['\x1b[31m', 'error'],
}

/** A line for people: time with its zone, level, message, then `name=value`. */
export function textSink(write: Write, colours: boolean): Sink {
  return (level, message, fields, atMs) => {
    const [colour, name] = painted[level]
    const shown = colours ? `${colour}${name}\x1b[0m` : name
    const pairs = Object.entries(clean(fields)).filter(([, value]) => value !== undefined)
    const tail = pairs.map(
      ([key, value]) =>
        ` ${plain(key)}=${plain(typeof value === 'string' ? quoted(value) : (JSON.stringify(value) ?? ''))}`,
    )
    write(
      `${localTime(atMs)} ${shown} ${plain(cleanText(message))}${colours ? '\x1b[2m' : ''}${tail.join('')}${colours ? '\x1b[0m' : ''}\n`,
    )
  }
}

function quoted(text: string): string {
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text)
}

/** `2026-11-22T14:03:05.123+01:00` */
function localTime(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset()
  const zone = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
  return `${new Date(ms + minutes * 60_000).toISOString().slice(0, -1)}${minutes < 0 ? '-' : '+'}${zone}`
}
