import type { LimitSettingsView, LimitsLeftView } from '../api/schemas/queue.ts'
import { formatDuration, parseDuration } from '../base/duration.ts'
import { FiberWorkError } from '../contract/errors.ts'

type Rate = NonNullable<LimitSettingsView['rates']>[number]

/** `100/1s`, or `100/1s+200` where 200 may be saved up. Throws `FW_CONFIG_INVALID`. */
export function parseRate(text: string): Rate {
  const [, tokens, per, burst] = /^(\d+(?:\.\d+)?)\/([\w.]+)(?:\+(\d+(?:\.\d+)?))?$/.exec(text) ?? []
  const perMs = per === undefined ? undefined : msOf(per)
  if (perMs !== undefined && Number(tokens) > 0)
    return { tokens: Number(tokens), perMs, ...(burst !== undefined && { burst: Number(burst) }) }
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `--rate is ${JSON.stringify(text)}; write jobs by time (100/1s, 3000/1h; 100/1s+200 saves up to 200), or off.`,
  )
}

/** `1000/1d`. Throws `FW_CONFIG_INVALID`. */
export function parseQuota(text: string): { jobs: number; perMs: number } {
  const [, jobs, per] = /^(\d+)\/([\w.]+)$/.exec(text) ?? []
  const perMs = per === undefined ? undefined : msOf(per)
  if (perMs !== undefined) return { jobs: Number(jobs), perMs }
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `--quota is ${JSON.stringify(text)}; write jobs by time (1000/1d), or off.`,
  )
}

/** `s` alone is a second. */
function msOf(text: string): number | undefined {
  try {
    return parseDuration(/^\d/.test(text) ? text : `1${text}`)
  } catch {
    return undefined
  }
}

/** `100 a 1.0 s (saves up 200), 5 at once`; a dash for none. */
export function limitsText(settings: unknown): string {
  const { rates = [], quota, concurrencyMax, weight, depthMax } = (settings ?? {}) as LimitSettingsView
  const parts = [
    ...rates.map(({ tokens, perMs, burst }) => {
      const saved = burst === undefined || burst === tokens ? '' : ` (saves up ${burst})`
      return `${tokens} in ${formatDuration(perMs)}${saved}`
    }),
    ...(quota === undefined ? [] : [`${quota.jobs} each ${formatDuration(quota.perMs)}`]),
    ...(concurrencyMax === undefined ? [] : [`${concurrencyMax} at once`]),
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(depthMax === undefined ? [] : [`${depthMax} may wait`]),
  ]
  return parts.join(', ') || '-'
}

/** `0 of 100, 950 of 1000 for 4 h 05 m`: tokens now, and what remains of a quota in its window. */
export function leftText(left: LimitsLeftView | undefined): string | undefined {
  if (left === undefined) return undefined
  const { rates, quota } = left
  return [
    ...rates.map(({ left: tokens, burst }) => `${tokens} of ${burst}`),
    ...(quota === undefined ? [] : [`${quota.left} of ${quota.jobs} for ${formatDuration(quota.endsInMs)}`]),
  ].join(', ')
}
