import type { Percentiles } from '../../../src/contract/dashboard.ts'
import { count, duration, rate } from '../../model/format.ts'
import { redactUrls } from '../../../src/base/text.ts'
import type { Glyphs } from '../glyphs.ts'
import { charactersMax, say, type Line, type Span, type Tone } from '../line.ts'
import type { Column } from '../table.ts'

/** Zero is faint, so that the eye finds what is not. */
export function number(value: number, tone: Tone = 'text'): Span {
  return say(count(value), value === 0 ? 'faint' : tone)
}

export function speed(perS: number): Span {
  return say(`${rate(perS)}/s`, perS === 0 ? 'faint' : 'text')
}

export function time(ms: number | undefined, tone: Tone = 'text'): Span {
  return say(duration(ms), ms === undefined ? 'faint' : tone)
}

export function percentile(values: Percentiles | undefined, which: keyof Percentiles): Span {
  return time(values?.[which])
}

/** What a job does or died of, on one line, without any password. */
export function outside(text: string, tone: Tone = 'text'): Span {
  return say(redactUrls(text.slice(0, charactersMax)), tone)
}

/** The end of an id tells jobs apart; a UUIDv7 begins with its time. */
export function shortId(id: string, mark: string): string {
  return id.length > 14 ? `${mark}${id.slice(-12)}` : id
}

/** How much of a whole. */
export function bar(share: number, columns: number, { gaugeFull, gaugeEmpty }: Glyphs, tone: Tone): Line {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * columns)
  return [say(gaugeFull.repeat(full), tone), say(gaugeEmpty.repeat(columns - full), 'faint')]
}

/** What waits and what runs, of queues and of groups alike. */
export const readyColumn: Column<{ ready: number }> = {
  title: 'ready',
  align: 'right',
  width: 7,
  keep: 9,
  cell: ({ ready }) => number(ready),
}

export const runningColumn: Column<{ running: number }> = {
  title: 'running',
  align: 'right',
  width: 7,
  keep: 8,
  cell: ({ running }) => number(running, 'blue'),
}
