import { Option } from 'commander'
import type { RunPlace } from '../../stress/run/store.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { durationFlag } from './flags.ts'

const latencyMsMax = 600_000

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

function latencyFlag(text: string): number {
  const ms = durationFlag('--latency', text)
  if (ms <= latencyMsMax) return ms
  throw new FiberWorkError('FW_CONFIG_INVALID', `--latency is "${text}"; the most is ${latencyMsMax / 60_000}m.`)
}

/** `--latency`, for commands that start the slow service. */
export function latencyOption(help: string): Option {
  return new Option('--latency <TIME>', help).argParser(latencyFlag).default(1_000, '1s')
}

/** Where the run is to take place, as it was given. */
export function placeOf({ url, ledger }: RunPlace): RunPlace {
  return { ...(url !== undefined && { url }), ...(ledger !== undefined && { ledger }) }
}
