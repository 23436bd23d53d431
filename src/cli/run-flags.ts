import { parseDuration } from '../base/duration.ts'
import { FiberWorkError } from '../contract/errors.ts'

/** Reads a flag's whole number: `10000`, or `10_000`. */
export function countFlag(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN
    if (value >= min && value <= max) return value
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `--${flag} is "${text}"; allowed is a whole number from ${min} to ${max}.`,
    )
  }
}

/** Reads a flag's duration, like `250ms` or `1s`. */
export function durationFlag(flag: string, maxMs: number): (text: string) => number {
  return (text) => {
    const ms = durationOf(text)
    if (ms !== undefined && ms <= maxMs) return ms
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `--${flag} is "${text}"; allowed is a duration up to ${maxMs / 1_000} s, like 250ms or 1s.`,
    )
  }
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text)
  } catch {
    return undefined
  }
}
