import {
  invalid,
  keyPart,
  placeOf,
  type ServerOptions,
  type Settings as Common,
  timesOf,
} from '../redis-common/settings.ts'

export type { RedisServer } from '../redis-common/settings.ts'

export interface RedisOptions extends ServerOptions {
  /** All keys begin with `{installation}:`, so that they live on one node of a cluster. Default `fiber-work`. */
  installation?: string
  /** Goes before that, as in ioredis: `app:{fiber-work}:`. Default: that of the instance, else none. */
  keyPrefix?: string
  /**
   * How many hash tags the installation is divided into (`{fiber-work.0}:` …), so that it spreads over the nodes of a cluster; 1 by
   * default. It stays as it was when the installation was made. docs/sharding.md tells what it gives and takes.
   */
  shards?: number
}

export interface Settings extends Common {
  shards: number
}

/** @throws FW_CONFIG_INVALID */
export function settingsOf(options: RedisOptions): Settings {
  const { target, given, keyPrefix } = placeOf(options.redis, ['installation', 'keyPrefix', 'shards'])
  return {
    target,
    prefix: prefixOf(
      options.installation ?? given.installation ?? 'fiber-work',
      options.keyPrefix ?? given.keyPrefix ?? keyPrefix ?? '',
    ),
    shards: shardsOf(options.shards ?? (given.shards === undefined ? 1 : numberIn(given.shards))),
    ...timesOf(options),
  }
}

/** One hash tag an installation: everything that one script touches lives on one node. */
function prefixOf(installation: string, keyPrefix: string): string {
  if (installation === '') throw invalid('installation is empty; leave it out for "fiber-work".')
  return `${keyPart('keyPrefix', keyPrefix)}{${keyPart('installation', installation)}}:`
}

/** What one shard has as its prefix: `{fiber-work}:` divided is `{fiber-work.0}:`, `{fiber-work.1}:` … */
export const prefixOfShard = (prefix: string, shard: number): string => prefix.replace(/\}:$/, `.${shard}}:`)

const shardsMax = 64

function shardsOf(shards: number): number {
  if (Number.isInteger(shards) && shards >= 1 && shards <= shardsMax) return shards
  throw invalid(`shards is ${shards}; it must be a whole number from 1 to ${shardsMax}.`)
}

function numberIn(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw invalid(`shards is "${text}" and not a whole number.`)
  return Number(text)
}
