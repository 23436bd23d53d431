import type { ConnectionOptions } from 'node:tls'
import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { checkPrefix, Names } from './names.ts'
import { parseUrl, type Place } from './url.ts'

export interface RabbitmqOptions {
  /** `amqp://user:password@host:5672/vhost?prefix=fiber-work`, or `amqps://…` for TLS. Default `amqp://guest:guest@127.0.0.1:5672/`. */
  url?: string
  /** Goes before each name on the broker; empty: queues are called there as they are here. Default `fiber-work`; goes before the URL's. */
  prefix?: string
  /** `classic` queues have priorities, `quorum` queues are replicated and first in, first out. Default `classic`. */
  type?: 'classic' | 'quorum'
  /**
   * `fifo`: classic queues without priorities, which cost the broker half as much a message; what was enqueued with a priority waits its
   * turn. A queue that exists keeps what it was made with. Default `priority`, `fifo` with quorum queues.
   */
  order?: 'priority' | 'fifo'
  /** `assert` creates what is missing, `passive` only checks. Default `assert`. */
  topology?: 'assert' | 'passive'
  /**
   * The heartbeat in seconds. A worker whose event loop is blocked for less than twice as long keeps its connection, and one whose machine
   * has vanished is noticed by the broker after two to three times as long. Default 200, for the longest stall of five minutes; 0 for none.
   */
  heartbeatS?: number
  /**
   * The broker's `consumer_timeout`: it takes the jobs of a channel back when one of them is not acknowledged for longer. The protocol does
   * not tell it. Half of it is how long a job may run before its message is renewed. Default 1,800,000, as the broker's; 0: there is none.
   */
  consumerTimeoutMs?: number
  /** How long dead letters are kept. Default 14 days. */
  deadAgeMs?: number
  /** Further arguments of the queues that hold jobs: `{ 'x-max-length': 100_000, 'x-overflow': 'reject-publish' }`. */
  queueArguments?: Record<string, string | number | boolean>
  /** Certificates and other options of the socket; see `tls.connect`. */
  tls?: ConnectionOptions
  env?: Env
}

export interface Settings {
  place: Place
  names: Names
  type: 'classic' | 'quorum'
  order: 'priority' | 'fifo'
  topology: 'assert' | 'passive'
  heartbeatS: number
  consumerTimeoutMs: number
  deadAgeMs: number
  queueArguments: Record<string, string | number | boolean>
  tls: ConnectionOptions
  env: Env
}

const urlDefault = 'amqp://guest:guest@127.0.0.1:5672/'
/** The broker gives a silent peer up after two heartbeats; before it fell silent ours spoke every half. */
const heartbeatSDefault = Math.ceil(defaults.stallMsMax / 1_500)
const consumerTimeoutMsDefault = 1_800_000

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: RabbitmqOptions): Settings {
  const { place, parameters } = parseUrl(options.url ?? urlDefault)
  const oneOf = <A extends string>(name: string, value: string | undefined, allowed: readonly [A, ...A[]]): A => {
    if (value === undefined) return allowed[0]
    if ((allowed as readonly string[]).includes(value)) return value as A
    throw invalid(`${name} is "${value}"; allowed are ${allowed.join(' and ')}.`)
  }
  const type = oneOf('type', options.type ?? parameters.type, ['classic', 'quorum'])
  const order = options.order ?? parameters.order
  if (type === 'quorum' && order === 'priority')
    throw invalid('order is "priority", and quorum queues have none; leave it out, or take type=classic.')
  return {
    place,
    names: new Names(checkPrefix(options.prefix ?? parameters.prefix ?? 'fiber-work')),
    type,
    order: oneOf('order', order ?? (type === 'quorum' ? 'fifo' : undefined), ['priority', 'fifo']),
    topology: oneOf('topology', options.topology ?? parameters.topology, ['assert', 'passive']),
    heartbeatS: whole('heartbeat', options.heartbeatS ?? parameters.heartbeat, heartbeatSDefault, 65_535),
    consumerTimeoutMs: whole(
      'consumerTimeoutMs',
      options.consumerTimeoutMs ?? parameters.consumerTimeoutMs,
      consumerTimeoutMsDefault,
      Number.MAX_SAFE_INTEGER,
    ),
    deadAgeMs: whole('deadAgeMs', options.deadAgeMs, defaults.deadAgeMs, 2 ** 32 - 1),
    queueArguments: options.queueArguments ?? {},
    tls: options.tls ?? {},
    env: options.env ?? systemEnv,
  }
}

function whole(name: string, given: string | number | undefined, otherwise: number, most: number): number {
  const value =
    given === undefined ? otherwise : typeof given === 'string' && !/^\d+$/.test(given) ? NaN : Number(given)
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value
  throw invalid(`${name} is ${JSON.stringify(given)}; it must be a whole number from 0 to ${most}.`)
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
