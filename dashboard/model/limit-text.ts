import type { LimitSettingsView } from '../../src/client.ts'
import { age, count } from './format.ts'

/** The settings of a scope as the API tells them: what is no object limits nothing. */
export function settingsOf(told: unknown): LimitSettingsView {
  return typeof told === 'object' && told !== null ? (told as LimitSettingsView) : {}
}

/** `50 at once, 20/s, 1,000 a day`: what limits, in a few words; empty when nothing does. */
export function limitText({ concurrencyMax, rates = [], quota, weight, depthMax }: LimitSettingsView): string {
  const parts: string[] = []
  if (concurrencyMax !== undefined) parts.push(`${count(concurrencyMax)} at once`)
  for (const { tokens, perMs } of rates) parts.push(`${count(tokens)}/${span(perMs)}`)
  if (quota !== undefined) parts.push(`${count(quota.jobs)} in ${span(quota.perMs)}`)
  if (weight !== undefined && weight !== 1) parts.push(`weight ${weight}`)
  if (depthMax !== undefined) parts.push(`${count(depthMax)} waiting at most`)
  return parts.join(', ')
}

function span(ms: number): string {
  const names: Record<number, string> = { 1_000: 's', 60_000: 'min', 3_600_000: 'h', 86_400_000: 'day' }
  return names[ms] ?? (ms < 1_000 ? `${ms} ms` : age(ms))
}
