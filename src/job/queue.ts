import type { Rate } from '../contract/job.ts'
import { anObject, type Check, checkOptions, integer } from './check.ts'
import { checkName } from './names.ts'

/** What a queue allows, over all workers at its store. Everything is off by default. */
export interface QueueOptions {
  /** A token bucket for the whole queue; several hold at once. `burst` defaults to `tokens`. */
  rate?: RateOption | RateOption[]
  /** The same, for each group. */
  groupRate?: RateOption | RateOption[]
  /** Most jobs running at once. */
  concurrencyMax?: number
  /** Most jobs of one group running at once. */
  groupConcurrencyMax?: number
  /** Most jobs waiting; more are refused with `FW_QUEUE_FULL`. */
  depthMax?: number
  /** Share of a worker's slots against its other queues; 1 by default. */
  weight?: number
}

export type RateOption = Omit<Rate, 'burst'> & { burst?: number }

/** A named line of jobs and its limits. */
export interface Queue {
  readonly name: string
  readonly options: QueueOptions
}

export const queueOptionsTable: Record<string, Check> = {
  rate: (value) => rateProblem(value),
  groupRate: (value) => rateProblem(value),
  concurrencyMax: integer(1, 1_000_000),
  groupConcurrencyMax: integer(1, 1_000_000),
  depthMax: integer(1, Number.MAX_SAFE_INTEGER),
  weight: (value) =>
    typeof value === 'number' && value > 0 && value <= 1_000 ? undefined : 'a number above 0, up to 1000',
}

/** Declare a queue with limits. A queue that needs none need not be declared. Throws `FW_NAME_INVALID`, `FW_JOB_INVALID`. */
export function defineQueue(name: string, options: QueueOptions = {}): Queue {
  checkName('queue', name)
  checkOptions(`defineQueue("${name}")`, options, queueOptionsTable)
  return Object.freeze({ name, options })
}

/** The rates of an option with their bursts filled in. */
export function ratesOf(option: RateOption | RateOption[] | undefined): Rate[] {
  if (option === undefined) return []
  return (Array.isArray(option) ? option : [option]).map((rate) => ({
    ...rate,
    burst: rate.burst ?? Math.max(1, rate.tokens),
  }))
}

function rateProblem(value: unknown): string | undefined {
  const rates = Array.isArray(value) ? value : [value]
  return rates.length > 0 && rates.every(isRate)
    ? undefined
    : '{ tokens, perMs, burst? } with numbers above 0 (burst at least 1), or a list of them'
}

function isRate(value: unknown): boolean {
  if (anObject(value) !== undefined) return false
  const { tokens, perMs, burst, ...rest } = value as Record<string, unknown>
  return (
    above0(tokens) &&
    above0(perMs) &&
    (burst === undefined || (above0(burst) && (burst as number) >= 1)) &&
    Object.keys(rest).length === 0
  )
}

function above0(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
