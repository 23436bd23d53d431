import type { Rate } from '../contract/job.ts'
import type { LimitScope, LimitSettings } from '../contract/limits.ts'
import { anObject, type Check, checkOptions, either, milliseconds, off } from './check.ts'
import { keepCheck, type QueueKeepOption } from './keep.ts'
import { buckets, cap, depth, noBuckets, quota, weight } from './limit-checks.ts'
import { checkKey, checkName } from './names.ts'

/** What a queue allows, over all workers at its store. Everything is off by default. */
export interface QueueOptions {
  /** A token bucket for the whole queue; several hold at once. `burst` defaults to `tokens`. */
  rate?: RateOption | RateOption[]
  /** The same, for each group. */
  groupRate?: RateOption | RateOption[]
  /** Most jobs taken in each window; windows begin at whole multiples of `perMs` since 1970 (a day: at midnight UTC). */
  quota?: QuotaOption
  /** The same, for each group. */
  groupQuota?: QuotaOption
  /** Most jobs running at once. */
  concurrencyMax?: number
  /** Most jobs of one group running at once. */
  groupConcurrencyMax?: number
  /** What some groups have of their own, by name: it overrides the same field of all groups. */
  groups?: Record<string, GroupOptions>
  /** Most jobs waiting; more are refused with `FW_QUEUE_FULL`. */
  depthMax?: number
  /** Share of a worker's slots against its other queues; 1 by default. */
  weight?: number
  /** How many settled jobs are kept and for how long, state by state: `{ done: { count: 1_000 }, dead: { ageMs: 86_400_000 } }`. */
  keep?: QueueKeepOption
  /** An alert is raised when its oldest ready job has waited for longer; `false`: never, whatever the worker says of all queues. */
  alertWaitMs?: number | false
}

/** What one group has of its own. */
export interface GroupOptions {
  /** An empty list frees the group of `groupRate`. */
  rate?: RateOption | RateOption[]
  quota?: QuotaOption
  concurrencyMax?: number
  /** Its share of the turns against the other groups; 1 by default. */
  weight?: number
}

export type RateOption = Omit<Rate, 'burst'> & { burst?: number }
export type QuotaOption = NonNullable<LimitSettings['quota']>

/** A named line of jobs and its limits. */
export interface Queue {
  readonly name: string
  readonly options: QueueOptions
}

const groupOptionsTable: Record<string, Check> = {
  rate: either(buckets, noBuckets),
  quota,
  concurrencyMax: cap,
  weight,
}

export const queueOptionsTable: Record<string, Check> = {
  rate: buckets,
  groupRate: buckets,
  quota,
  groupQuota: quota,
  concurrencyMax: cap,
  groupConcurrencyMax: cap,
  groups: anObject,
  depthMax: depth,
  weight,
  keep: keepCheck,
  alertWaitMs: either(off, milliseconds(1_000, 30 * 86_400_000)),
}

/** Declare a queue with limits. A queue that needs none need not be declared. Throws `FW_NAME_INVALID`, `FW_JOB_INVALID`. */
export function defineQueue(name: string, options: QueueOptions = {}): Queue {
  checkName('queue', name)
  const where = `defineQueue("${name}")`
  checkOptions(where, options, queueOptionsTable)
  for (const [group, own] of Object.entries(options.groups ?? {})) {
    checkKey('group', group)
    checkOptions(`${where}.groups`, { [group]: own }, { [group]: anObject })
    checkOptions(`${where}.groups[${JSON.stringify(group)}]`, own, groupOptionsTable)
  }
  return Object.freeze({ name, options })
}

/** What a queue's options come to in the store, scope by scope; scopes without limits are left out. */
export function declaredLimits({ options }: Queue): [LimitScope, LimitSettings][] {
  const { rate, quota, concurrencyMax, depthMax, groupRate, groupQuota, groupConcurrencyMax, groups = {} } = options
  const all: [LimitScope, LimitSettings][] = [
    ['queue', given({ rates: ratesOf(rate), quota, concurrencyMax, depthMax })],
    ['groups', given({ rates: ratesOf(groupRate), quota: groupQuota, concurrencyMax: groupConcurrencyMax })],
    ...Object.entries(groups).map(([group, own]): [LimitScope, LimitSettings] => {
      const { rate, quota, concurrencyMax, weight } = own
      return [{ group }, given({ rates: ratesOf(rate), quota, concurrencyMax, weight })]
    }),
  ]
  return all.filter(([, limits]) => Object.keys(limits).length > 0)
}

/** The rates of an option with their bursts filled in. */
function ratesOf(option: RateOption | RateOption[] | undefined): Rate[] | undefined {
  if (option === undefined) return undefined
  return (Array.isArray(option) ? option : [option]).map((rate) => ({
    ...rate,
    burst: rate.burst ?? Math.max(1, rate.tokens),
  }))
}

type Given = { [field in keyof LimitSettings]: LimitSettings[field] | undefined }

function given(settings: Given): LimitSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}
