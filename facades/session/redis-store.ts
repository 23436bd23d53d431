import type { Env } from '../../src/base/env.ts'
import { keyPrefixOf, type RedisTarget } from '../../src/base/redis.ts'
import { RedisLine } from '../../src/base/redis-line.ts'
import type { SessionRecord, SessionStore, SessionWrite } from './store.ts'

/**
 * ARGV expected (empty: none), version, text, ms. A write whose reply was cut off is sent again: that it is among the last eight
 * is success, whatever came after it. Else an update would be done twice.
 */
const writeScript = `
local found = redis.call('HMGET', KEYS[1], 'version', 'writes')
local writes = found[2] or ''
if (found[1] or '') ~= ARGV[1] then
  return string.find(writes, ARGV[2], 1, true) and 1 or 0
end
writes = string.sub(ARGV[2] .. ' ' .. writes, 1, 8 * (#ARGV[2] + 1))
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'text', ARGV[3], 'writes', writes)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
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
    const [version, text] = (await this.#line.call('HMGET', this.#prefix + id, 'version', 'text')) as unknown[]
    return typeof version === 'string' && typeof text === 'string' ? { version, text } : undefined
  }

  async write(id: string, { text, expected = '', version, ttlMs }: SessionWrite): Promise<boolean> {
    const answer = await this.#line.call(
      'EVAL',
      writeScript,
      1,
      this.#prefix + id,
      expected,
      version,
      text,
      Math.ceil(ttlMs),
    )
    return answer === 1
  }

  close(): Promise<void> {
    return this.#line.close()
  }
}
