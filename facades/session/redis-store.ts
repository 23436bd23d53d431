import type { Env } from '../../src/base/env.ts'
import { keyPrefixOf, type RedisTarget } from '../../src/base/redis-target.ts'
import { RedisLine } from '../../src/base/redis-line.ts'
import type { SessionRecord, SessionStore, SessionWrite } from './store.ts'

/**
 * KEYS session writes; ARGV expected (empty: none), version, text, ms. A write whose reply was cut off is sent again: that it is among
 * the last thousand of the last minute is success, whatever came after it. Else an update would be done twice.
 */
const writeScript = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then
  return redis.call('ZSCORE', KEYS[2], ARGV[2]) and 1 or 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'text', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
redis.call('ZADD', KEYS[2], (tonumber(last[2]) or 0) + 1, ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1001)
redis.call('PEXPIRE', KEYS[2], 60000)
return 1`

/** Of all processes. */
export class RedisStore implements SessionStore {
  readonly #line: RedisLine
  readonly #prefix: string

  constructor(env: Env, target: RedisTarget, prefix: string, callMsMax: number) {
    this.#line = new RedisLine(env, target, 'A session over Redis', callMsMax)
    this.#prefix = keyPrefixOf(target) + prefix
  }

  async read(id: string): Promise<SessionRecord | undefined> {
    const [version, text] = (await this.#line.call('HMGET', this.#place(id), 'version', 'text')) as unknown[]
    return typeof version === 'string' && typeof text === 'string' ? { version, text } : undefined
  }

  async write(id: string, { text, expected = '', version, ttlMs }: SessionWrite): Promise<boolean> {
    const place = this.#place(id)
    const keys = [place, `${place}:writes`]
    return (await this.#line.call('EVAL', writeScript, 2, ...keys, expected, version, text, Math.ceil(ttlMs))) === 1
  }

  close(): Promise<void> {
    return this.#line.close()
  }

  /** In braces, so that a cluster keeps a session and its writes together. An id begins with a bracket: they are never empty. */
  #place(id: string): string {
    return `${this.#prefix}{${id}}`
  }
}
