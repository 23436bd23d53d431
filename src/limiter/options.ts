import { nearest } from '../base/nearest.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Rate } from '../contract/job.ts'
import type { RedisTarget } from '../base/redis-target.ts'

/** One window of a call-level limit: whole numbers. `burst` defaults to `tokens`. */
export type CallRate = Omit<Rate, 'burst'> & { burst?: number }

/** What a call-level limit allows: of this process, or with `redis` of all processes that name the same limit there. */
export interface RateLimitOptions {
  /** Tokens that flow in over `perMs`, at most `burst` saved up; several windows hold at once. */
  rate?: CallRate | CallRate[]
  /** Most calls running at once. */
  concurrencyMax?: number
  /** A call waits for its turn no longer than this, then rejects with `FW_LIMIT_TIMEOUT`. Default: as long as its job may. */
  waitMsMax?: number
  /** Share the limit over this Redis: a URL, or an ioredis instance (of which connections of its own are made). Default: this process alone. */
  redis?: RedisTarget
  /**
   * Over Redis, with `concurrencyMax`: a call that has run for longer no longer counts, so that the calls of a process that died do
   * not count for ever. Default 5 min.
   */
  callMsMax?: number
}

/** One window, in steps: `amount` tokens every `everyMs`, never more than `most` in the bucket. */
export interface Steps {
  amount: number
  everyMs: number
  most: number
}

/** Finer steps cost more than they smooth. */
const stepMsMin = 250

const perMsMax = 2 ** 31 - 1
const wholeFields = ['concurrencyMax', 'waitMsMax', 'callMsMax'] as const
const known = ['rate', 'redis', ...wholeFields]

/** The windows of a limit, longest first: the finest one decides when a call starts. */
export function stepsOf({ rate = [] }: RateLimitOptions): Steps[] {
  const rates = Array.isArray(rate) ? rate : [rate]
  return rates.map(inSteps).toSorted((a, b) => b.everyMs - a.everyMs)
}

function inSteps({ tokens, perMs, burst = tokens }: CallRate): Steps {
  const shared = commonDivisor(tokens, perMs)
  const times = Math.ceil(stepMsMin / (perMs / shared))
  const amount = (tokens / shared) * times
  return { amount, everyMs: (perMs / shared) * times, most: Math.max(burst, amount) }
}

/** How long an empty bucket takes to fill. */
export function fillMs({ amount, everyMs, most }: Steps): number {
  return Math.ceil(most / amount) * everyMs
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}

/** Throws `FW_NAME_INVALID`, `FW_CONFIG_INVALID`. */
export function checkLimit(name: string, options: RateLimitOptions): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)) {
    throw new FiberWorkError(
      'FW_NAME_INVALID',
      `${JSON.stringify(name)} is not the name of a limit: 1 to 63 of A–Z a–z 0–9 _ . - are allowed.`,
    )
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const meant = nearest(key, known)
    throw wrong(name, `there is no option \`${key}\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`)
  }
  for (const key of wholeFields) checkWhole(name, key, options[key], key === 'concurrencyMax' ? 1_000_000 : perMsMax)
  const { rate, concurrencyMax, redis } = options
  if (typeof redis === 'string' && !/^rediss?:\/\//.test(redis)) {
    throw wrong(name, '`redis` is no redis:// or rediss:// URL; for a cluster or sentinels give an ioredis client')
  }
  const rates = rate === undefined ? [] : Array.isArray(rate) ? rate : [rate]
  if (rates.length === 0 && concurrencyMax === undefined) throw wrong(name, 'it needs a `rate` or a `concurrencyMax`')
  for (const one of rates) {
    checkWhole(name, 'rate.tokens', one.tokens ?? 0, 1_000_000_000)
    checkWhole(name, 'rate.perMs', one.perMs ?? 0, perMsMax)
    checkWhole(name, 'rate.burst', one.burst, 1_000_000_000)
  }
}

function checkWhole(name: string, key: string, value: unknown, most: number): void {
  if (value === undefined) return
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return
  throw wrong(name, `\`${key}\` is ${JSON.stringify(value)}; it must be a whole number from 1 to ${most}`)
}

function wrong(name: string, what: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', `The limit "${name}": ${what}.`)
}
