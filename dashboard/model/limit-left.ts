import type { GroupView, LimitSettingsView, LimitsLeftView } from '../../src/client.ts'
import { count, duration, plural } from './format.ts'
import { limitWords } from './limit-words.ts'

/** What one limit leaves, as a part of a whole. */
export interface Gauge {
  left: number
  most: number
  /** With the unit. */
  words: string
  /** How it comes back. */
  more: string
}

/** What limits leave now, one gauge a limit: tokens, jobs of a quota, places to run in. */
export function gaugesOf(
  left: LimitsLeftView | undefined,
  { concurrencyMax }: LimitSettingsView = {},
  running = 0,
): Gauge[] {
  const { rates = [], quota } = left ?? {}
  return [
    ...rates.map(({ left: tokens, burst, fullInMs, ...rate }) => ({
      ...part(tokens, Math.max(1, burst), 'token'),
      more: `${wordsOf({ rates: [rate] })} flow in, full ${fullInMs === 0 ? 'now' : `in ${duration(fullInMs)}`}`,
    })),
    ...(quota === undefined
      ? []
      : [
          {
            ...part(quota.left, quota.jobs, 'job'),
            more: `${wordsOf({ quota })}, the next ones in ${duration(quota.endsInMs)}`,
          },
        ]),
    ...(concurrencyMax === undefined
      ? []
      : [
          {
            ...part(Math.max(0, concurrencyMax - running), concurrencyMax, 'place'),
            more: `${wordsOf({ concurrencyMax })}, ${count(running)} run`,
          },
        ]),
  ]
}

function part(left: number, most: number, unit: string): Omit<Gauge, 'more'> {
  return { left, most, words: `${count(left)} of ${plural(most, unit)}` }
}

export interface Hold {
  /** A sentence without its subject, which is the group. */
  why: string
  /** Until its next job may start, in milliseconds; absent where no clock tells. */
  nextInMs?: number
  /** Where its own rates hold it: how many jobs they let through a millisecond. */
  perMs?: number
}

/** What holds a group back, and for how long: a limit of its own, else one of its queue. Undefined: nothing does. */
export function groupHold(
  { held, nextInMs, left, running }: Pick<GroupView, 'held' | 'nextInMs' | 'left' | 'running'>,
  own: LimitSettingsView,
  queue: LimitSettingsView,
): Hold | undefined {
  if (held === undefined) return undefined
  const next = nextInMs === undefined ? {} : { nextInMs }
  switch (held) {
    case 'frozen':
      return { why: 'is paused', ...next }
    case 'rate': {
      const isOwn = (left?.rates ?? []).some((rate) => rate.left < 1)
      if (!isOwn) return { why: `waits for tokens of the queue${named(pick(queue, 'rates'))}`, ...next }
      const perMs = Math.min(...(own.rates ?? []).map((rate) => rate.tokens / rate.perMs))
      return {
        why: `waits for tokens${named(pick(own, 'rates'))}`,
        ...next,
        ...(perMs > 0 && Number.isFinite(perMs) && { perMs }),
      }
    }
    case 'quota':
      return (left?.quota?.left ?? 1) < 1
        ? { why: `has used up its quota${named(pick(own, 'quota'))}`, ...next }
        : { why: `the quota of the queue is used up${named(pick(queue, 'quota'))}`, ...next }
    case 'concurrency':
      return running >= (own.concurrencyMax ?? Infinity)
        ? { why: `runs as many as it may${named(pick(own, 'concurrencyMax'))}` }
        : { why: `the queue runs as many as it may${named(pick(queue, 'concurrencyMax'))}` }
  }
}

const pick = (settings: LimitSettingsView, name: keyof LimitSettingsView): LimitSettingsView =>
  settings[name] === undefined ? {} : { [name]: settings[name] }

const wordsOf = (settings: LimitSettingsView): string => limitWords(settings).join(', ')

/** `: 40 a second` */
function named(settings: LimitSettingsView): string {
  const words = wordsOf(settings)
  return words === '' ? '' : `: ${words}`
}
