import type { LimitSettingsView } from '../../src/client.ts'
import { count, duration, plural } from './format.ts'

const units: [ms: number, one: string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
]

/** What limits, in words, each limit a part: `40 a second, up to 80 at once after a pause`. Empty where nothing does. */
export function limitWords({ rates = [], quota, concurrencyMax, weight, depthMax }: LimitSettingsView): string[] {
  return [
    ...rates.map(
      ({ tokens, perMs, burst = tokens }) =>
        `${count(tokens)} ${every(perMs)}${burst === tokens ? '' : `, burst ${count(burst)}`}`,
    ),
    ...(quota === undefined ? [] : [`at most ${count(quota.jobs)} ${every(quota.perMs)}`]),
    ...(concurrencyMax === undefined ? [] : [`${count(concurrencyMax)} at once`]),
    ...(weight === undefined ? [] : [`weight ${weight}`]),
    ...(depthMax === undefined ? [] : [`${plural(depthMax, 'job')} waiting`]),
  ]
}

/** `a second`, `every 10 s` */
function every(ms: number): string {
  const unit = units.find(([size]) => size === ms)
  return unit === undefined ? `every ${duration(ms)}` : `${unit[1] === 'hour' ? 'an' : 'a'} ${unit[1]}`
}
