import { redactUrl } from './text.ts'

/** What is asked of a user's own `Redis` or `Cluster`. Not their types: whoever has no ioredis still reads our declarations. */
export interface RedisClient {
  readonly options: object
  duplicate(...given: never[]): unknown
}

/** A URL, or the user's own ioredis client: it is copied, never used or closed. */
export type RedisTarget = string | RedisClient

/** What the user's client puts before its keys. */
export function keyPrefixOf(target: RedisTarget): string {
  return typeof target === 'string' ? '' : ((target.options as { keyPrefix?: string }).keyPrefix ?? '')
}

/** For messages. */
export function shownRedis(target: RedisTarget): string {
  return typeof target === 'string' ? redactUrl(target) : 'The Redis of the given client'
}
