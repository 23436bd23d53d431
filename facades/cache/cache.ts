import { emit, heard } from '../../src/base/emit.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import type { CacheLevel } from '../../src/contract/events.ts'
import { currentFiber } from '../../src/sandbox/storage.ts'
import { tenantHere, tenantKey, type TenantOptions } from '../../src/sandbox/tenant.ts'
import { type Entry, shownKey, type TagVersions, textOf, tooLarge, valueOf } from './entry.ts'
import { type Levels, Opener } from './levels.ts'
import { Makers, type Order } from './makers.ts'
import { Memo } from './memo.ts'
import {
  type CacheKeep,
  type CacheOptions,
  type CacheRemember,
  type CacheScope,
  checkCall,
  checkConfigure,
  checkTime,
  type Settings,
  settingsOf,
} from './options.ts'

/** A value that is found, and where. */
interface Found {
  entry: Entry
  level: CacheLevel
}

/** Three levels: what this job has seen, what this process has used last, and what all processes share. */
export class LevelledCache {
  readonly #env: Env
  readonly #own: CacheOptions
  readonly #defaults: () => CacheOptions
  readonly #opener: Opener
  readonly #makers: Makers
  /** Reads of Redis that are under way, for all who want the same. */
  readonly #reads = new Map<string, Promise<Entry | undefined>>()
  #settings: Settings | undefined

  constructor(options: CacheOptions, defaults: () => CacheOptions = () => ({})) {
    this.#env = options.env ?? systemEnv
    this.#own = options
    this.#defaults = defaults
    this.#opener = new Opener(
      this.#env,
      () => (this.#settings ??= settingsOf('Cache', { ...this.#defaults(), ...this.#own })),
    )
    this.#makers = new Makers(this.#env, this.#opener, (key, entry, levels) => this.#keepHere(key, entry, levels))
  }

  configure(options: CacheOptions): void {
    checkConfigure(options)
    this.#settings = settingsOf('Cache.configure', { ...this.#defaults(), ...options })
    void this.close()
  }

  async get<T = unknown>(key: string, options: CacheScope = {}): Promise<T | undefined> {
    return valueOf((await this.#lookUp(key, options))?.text ?? '') as T | undefined
  }

  async has(key: string, options: CacheScope = {}): Promise<boolean> {
    return (await this.#lookUp(key, options)) !== undefined
  }

  async set(key: string, value: unknown, ttlMs: number, options: CacheKeep = {}): Promise<void> {
    checkCall('Cache.set', options)
    const place = placeOf(key, options)
    const text = textOf(value, key)
    const levels = await this.#opener.levels()
    checkTime('ttlMs', ttlMs, levels.settings)
    const excess = tooLarge(text, key, levels.settings.valueBytesMax)
    if (excess !== undefined) throw excess
    const tags = await this.#makers.versions(options, levels)
    this.#outdated(place)
    const freshUntilMs = this.#env.monoMs() + ttlMs
    this.#keepHere(place, { text, freshUntilMs, goodUntilMs: freshUntilMs, tags }, levels)
    if (levels.shared === undefined) return
    await this.#opener.ask('set', shownKey(key), (shared) => shared.set(place, text, ttlMs, tags), undefined)
  }

  async delete(key: string, options: TenantOptions = {}): Promise<boolean> {
    checkCall('Cache.delete', options)
    const place = placeOf(key, options)
    const levels = await this.#opener.levels()
    this.#outdated(place)
    const here = levels.local.delete(place)
    this.#memo?.delete(place)
    if (levels.shared === undefined) return here
    return this.#opener.ask('delete', shownKey(key), (shared) => shared.delete(place), here)
  }

  async remember<T>(key: string, ttlMs: number, make: () => T | Promise<T>, options: CacheRemember = {}): Promise<T> {
    checkCall('Cache.remember', options)
    const place = placeOf(key, options)
    const levels = await this.#opener.levels()
    const { staleMs = 0 } = options
    checkTime('ttlMs', ttlMs, levels.settings)
    checkTime('staleMs', staleMs, levels.settings)
    const order: Order = { place, key, ttlMs, staleMs, make, options }
    const found = this.#here(place, options, levels)
    const entry = found?.entry ?? (await this.#makers.obtain(order, levels))
    this.#told(options, found?.level ?? 'miss')
    if (this.#env.monoMs() >= entry.freshUntilMs) this.#makers.renew(order, levels)
    this.#memo?.set(place, entry)
    return valueOf(entry.text) as T
  }

  async invalidate(tags: string | readonly string[], options: TenantOptions = {}): Promise<void> {
    const names = typeof tags === 'string' ? [tags] : tags
    checkCall('Cache.invalidate', { ...options, tags: names })
    const versions: TagVersions = Object.fromEntries(names.map((tag) => [placeOf(tag, options), this.#env.id()]))
    const levels = await this.#opener.levels()
    levels.local.invalidate(versions)
    this.#memo?.forget(new Set(Object.keys(versions)))
    if (levels.shared === undefined) return
    const what = names.map(shownKey).join(', ')
    await this.#opener.ask('invalidate', what, (shared) => shared.invalidate(versions), undefined)
  }

  close(): Promise<void> {
    return this.#opener.close()
  }

  /** Of the running job; made when it first keeps something. */
  get #memo(): Memo | undefined {
    return currentFiber()?.scope.use(this, () => new Memo())
  }

  async #lookUp(key: string, options: CacheScope): Promise<Entry | undefined> {
    checkCall('Cache.get', options)
    const place = placeOf(key, options)
    const levels = await this.#opener.levels()
    const found = this.#here(place, options, levels) ?? (await this.#there(place, key, options, levels))
    const fresh = found !== undefined && this.#env.monoMs() < found.entry.freshUntilMs ? found : undefined
    this.#told(options, fresh?.level ?? 'miss')
    if (fresh !== undefined && fresh.level !== 'memo') this.#memo?.set(place, fresh.entry)
    return fresh?.entry
  }

  /** What can be answered at once. */
  #here(place: string, { fresh = false }: CacheScope, { local, shared }: Levels): Found | undefined {
    if (fresh && shared !== undefined) return undefined
    const nowMs = this.#env.monoMs()
    const seen = fresh ? undefined : this.#memo?.get(place, nowMs)
    if (seen !== undefined) return { entry: seen, level: 'memo' }
    const entry = local.get(place, nowMs)
    return entry && { entry, level: nowMs < entry.freshUntilMs ? 'process' : 'stale' }
  }

  async #there(place: string, key: string, options: CacheScope, levels: Levels): Promise<Found | undefined> {
    if (levels.shared === undefined) return undefined
    const under = options.fresh === true ? undefined : this.#reads.get(place)
    const entry = await (under === undefined
      ? this.#read(place, key, levels)
      : this.#opener.wait(`get ${shownKey(key)}`, () => under))
    return entry && { entry, level: 'redis' }
  }

  /** What was set or deleted here meanwhile is newer than what the reading finds. */
  async #read(place: string, key: string, levels: Levels): Promise<Entry | undefined> {
    const { promise, resolve } = Promise.withResolvers<Entry | undefined>()
    this.#reads.set(place, promise)
    let entry: Entry | undefined
    try {
      const ask = () => this.#opener.ask('get', shownKey(key), (shared) => shared.read(place), undefined)
      entry = await levels.local.learning(ask, (found) => found?.tags)
      if (entry !== undefined && this.#reads.get(place) === promise) this.#keepHere(place, entry, levels)
      return entry
    } finally {
      if (this.#reads.get(place) === promise) this.#reads.delete(place)
      // Whoever else waits does not fail with the reason of this job: it is a miss to him.
      resolve(entry)
    }
  }

  #outdated(place: string): void {
    this.#reads.delete(place)
    this.#makers.outdated(place)
  }

  #keepHere(place: string, entry: Entry, { local }: Levels): void {
    local.set(place, entry, this.#env.monoMs())
  }

  #told(options: TenantOptions, level: CacheLevel): void {
    if (!heard('cache.read')) return
    const job = currentFiber()?.loan.job.id
    emit('cache.read', () => ({ job, tenant: tenantHere(options), level }))
  }
}

function placeOf(key: string, options: TenantOptions): string {
  return tenantKey(tenantHere(options), key)
}
