import type { Env } from '../../src/base/env.ts'
import { keyPrefixOf } from '../../src/base/redis-target.ts'
import { RedisLine } from '../../src/base/redis-line.ts'
import { type Entry, open, seal, type TagVersions } from './entry.ts'
import type { Settings } from './options.ts'

/** In the place of a lock: what is being made now is out of date before it is ready. */
const voided = 'void'

/** KEYS value lock; ARGV token, ms. Answers whether it is ours. */
const lockScript = `
local held = redis.call('GET', KEYS[2])
if held and held ~= '${voided}' and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1`

/** KEYS value lock; ARGV token, sealed, ms. Not when somebody has deleted the value, or taken over, since the lock was ours. */
const keepScript = `
local held = redis.call('GET', KEYS[2])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if held then redis.call('DEL', KEYS[2]) end
return 1`

const unlockScript = `
if redis.call('GET', KEYS[2]) == ARGV[1] then return redis.call('DEL', KEYS[2]) end
return 0`

/** The level of all processes. What it throws is Redis's failure. */
export class Shared {
  readonly #env: Env
  readonly #settings: Settings
  readonly #line: RedisLine
  readonly #prefix: string

  constructor(env: Env, settings: Settings) {
    const { redis, callMsMax, prefix } = settings
    this.#env = env
    this.#settings = settings
    this.#line = new RedisLine(env, redis!, 'A cache over Redis', callMsMax)
    this.#prefix = keyPrefixOf(redis!) + prefix
  }

  async read(key: string): Promise<Entry | undefined> {
    const place = this.#value(key)
    const [sealed, leftMs] = await this.#line.all([
      ['GET', place],
      ['PTTL', place],
    ])
    if (typeof sealed !== 'string') return undefined
    const entry = open(sealed, Number(leftMs), this.#env.monoMs())
    return entry?.tags === undefined || (await this.#isCurrent(entry.tags)) ? entry : undefined
  }

  /** Whatever is being made at the moment is out of date by it. */
  async set(key: string, text: string, ttlMs: number, tags: TagVersions | undefined): Promise<void> {
    await this.#line.all([
      ['SET', this.#lock(key), voided, 'PX', this.#settings.lockMs],
      ['SET', this.#value(key), seal(text, 0, tags), 'PX', Math.ceil(ttlMs)],
    ])
  }

  /** Answers whether there was something. */
  async delete(key: string): Promise<boolean> {
    const [, deleted] = await this.#line.all([
      ['SET', this.#lock(key), voided, 'PX', this.#settings.lockMs],
      ['DEL', this.#value(key)],
    ])
    return deleted === 1
  }

  /** Whoever has it makes the value. It runs out by itself. */
  async lock(key: string, token: string): Promise<boolean> {
    return (await this.#run(lockScript, key, token, this.#settings.lockMs)) === 1
  }

  async unlock(key: string, token: string): Promise<void> {
    await this.#run(unlockScript, key, token)
  }

  /** Keeps what was made, and unlocks. Answers false where it is out of date already. */
  async keep(
    key: string,
    token: string,
    sealed: { text: string; staleMs: number; tags: TagVersions | undefined },
    ttlMs: number,
  ): Promise<boolean> {
    const { text, staleMs, tags } = sealed
    return (await this.#run(keepScript, key, token, seal(text, staleMs, tags), Math.ceil(ttlMs + staleMs))) === 1
  }

  /** What these tags are at now; those that nobody knows begin. */
  async tags(tags: readonly string[]): Promise<TagVersions> {
    const ms = this.#tagMs
    const versions = await Promise.all(
      tags.map(async (tag) => {
        const place = this.#tag(tag)
        const [, version] = await this.#line.all([
          ['SET', place, this.#env.id(), 'NX', 'PX', ms],
          ['GET', place],
          ['PEXPIRE', place, ms],
        ])
        // Gone between the two: a version that nothing will ever match.
        return [tag, typeof version === 'string' ? version : this.#env.id()]
      }),
    )
    return Object.fromEntries(versions) as TagVersions
  }

  async invalidate(versions: TagVersions): Promise<void> {
    await this.#line.all(
      Object.entries(versions).map(([tag, version]) => ['SET', this.#tag(tag), version, 'PX', this.#tagMs] as const),
    )
  }

  close(): Promise<void> {
    return this.#line.close()
  }

  async #isCurrent(tags: TagVersions): Promise<boolean> {
    const names = Object.keys(tags)
    const versions = await this.#line.all(names.map((tag) => ['GET', this.#tag(tag)] as const))
    return names.every((tag, i) => versions[i] === tags[tag])
  }

  #run(script: string, key: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#line.call('EVAL', script, 2, this.#value(key), this.#lock(key), ...args)
  }

  /** Longer than any value that could hold a version of it. */
  get #tagMs(): number {
    return 4 * this.#settings.ttlMsMax
  }

  // In braces, so that a cluster keeps value and lock together. A key begins with a bracket: the braces are never empty.
  #value(key: string): string {
    return `${this.#prefix}{${key}}`
  }
  #lock(key: string): string {
    return `${this.#prefix}{${key}}:lock`
  }
  #tag(tag: string): string {
    return `${this.#prefix}tag:${tag}`
  }
}
