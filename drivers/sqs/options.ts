import type { SQSClientConfig } from '@aws-sdk/client-sqs'
import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { BodyStore } from './body-store.ts'
import { type Target, targetOf } from './url.ts'

export interface SqsOptions {
  /**
   * `sqs://eu-central-1/prefix-` for AWS, `sqs+http://127.0.0.1:4566/?region=…&prefix=…` or `sqs+https://…` for another endpoint. Default
   * `sqs:`, with the region that the SDK finds.
   */
  url?: string
  /** Goes before each queue's name in SQS. */
  prefix?: string
  /** Queues that do not exist are created when they are first used. Default true. */
  create?: boolean
  /** Where a queue of ours is in SQS, by its name here: a queue URL or an ARN. Others are found by prefix and name. */
  queues?: Record<string, string>
  /** The job name of foreign messages that do not carry one in the attribute `fiber-work-name`. Without it they are dead. */
  name?: string
  /** Holds bodies that are too large for a message. */
  bodies?: BodyStore
  /** The largest message, attributes included, in bytes; a queue's own MaximumMessageSize may be smaller. Default 1,048,576, which is AWS's limit. */
  messageBytesMax?: number
  /** The largest request, in bytes. Default 1,048,576, which is AWS's limit. */
  requestBytesMax?: number
  /** Receives under way at once, for each queue. Default 16. */
  pollsMax?: number
  /** How long one receive waits at a queue that has been empty for a while, 1 to 20. Default 5. Closing waits for it. */
  pollSeconds?: number
  /** A job's visibility timeout: whole seconds in SQS, rounded up. Default 30,000. */
  leaseMs?: number
  /** How long one job may be held in all. SQS allows 12 hours; the job is aborted before. Default 42,300,000, which is 11 h 45 min. */
  holdMsMax?: number
  /** What a URL cannot say: options of the SDK's `SQSClient`, which go before the URL's. */
  client?: SQSClientConfig
  env?: Env
}

export interface Settings extends Target {
  create: boolean
  queues: Readonly<Record<string, string>>
  bodies: BodyStore | undefined
  messageBytesMax: number
  requestBytesMax: number
  pollsMax: number
  pollSeconds: number
  leaseMs: number
  holdMsMax: number
  client: SQSClientConfig
  env: Env
}

/** The most that SQS takes, of a message as of a request, since 2025; queues made before have a smaller limit of their own. */
const sqsBytesMax = 1_048_576
const holdMsMaxDefault = 42_300_000
/** SQS ends every visibility timeout twelve hours after the receive. */
const sqsHoldMsMax = 43_200_000

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: SqsOptions): Settings {
  const { create, name, ...target } = targetOf(options.url ?? 'sqs:')
  const prefix = options.prefix ?? target.prefix
  if (!/^[A-Za-z0-9_-]{0,60}$/.test(prefix)) {
    throw invalid(`prefix is "${prefix}"; SQS takes up to 60 of A–Z a–z 0–9 _ - before a name.`)
  }
  const settings: Settings = {
    ...target,
    prefix,
    create: options.create ?? create ?? true,
    queues: options.queues ?? {},
    name: options.name ?? name,
    bodies: options.bodies,
    messageBytesMax: number('messageBytesMax', options.messageBytesMax ?? sqsBytesMax, 1_024, sqsBytesMax),
    requestBytesMax: number('requestBytesMax', options.requestBytesMax ?? sqsBytesMax, 1_024, sqsBytesMax),
    pollsMax: number('pollsMax', options.pollsMax ?? 16, 1, 100),
    pollSeconds: number('pollSeconds', options.pollSeconds ?? target.pollSeconds ?? 5, 1, 20),
    leaseMs: number('leaseMs', options.leaseMs ?? defaults.leaseMs, 1, sqsHoldMsMax),
    holdMsMax: number('holdMsMax', options.holdMsMax ?? holdMsMaxDefault, 1_000, sqsHoldMsMax),
    client: options.client ?? {},
    env: options.env ?? systemEnv,
  }
  if (settings.requestBytesMax < settings.messageBytesMax) {
    throw invalid(`requestBytesMax is ${settings.requestBytesMax}; it must hold one message of messageBytesMax.`)
  }
  return settings
}

/** SQS counts visibility in whole seconds. */
export const leaseSeconds = ({ leaseMs }: Pick<Settings, 'leaseMs'>): number => Math.ceil(leaseMs / 1_000)

function number(name: string, value: number, least: number, most: number): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value
  throw invalid(`${name} is ${value}; it must be a number from ${least} to ${most}.`)
}

function invalid(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', message)
}
