import { emit } from '../../src/base/emit.ts'
import { type Env, sleep } from '../../src/base/env.ts'
import { openCall } from '../../src/sandbox/call.ts'
import { reasonOf } from '../../src/sandbox/facade.ts'
import { outside, peekFiber } from '../../src/sandbox/storage.ts'
import { tenantHere, tenantKey } from '../../src/sandbox/tenant.ts'
import { type Entry, shownKey, type TagVersions, textOf, tooLarge } from './entry.ts'
import { Flight } from './flight.ts'
import type { Levels, Opener } from './levels.ts'
import type { CacheKeep } from './options.ts'

/** A value that somebody wants, and how it is made. */
export interface Order {
  place: string
  /** As the caller wrote it. */
  key: string
  ttlMs: number
  staleMs: number
  make: () => unknown
  options: CacheKeep
}

/** How long the end of a job waits for what it makes anew in the background. */
const renewMsMax = 10_000
/** How often one looks whether somebody else is ready: between these, growing. */
const lookMsMin = 10
const lookMsMax = 250

/** Each value is made once at a time: in this process, and over Redis in all of them. */
export class Makers {
  readonly #env: Env
  readonly #opener: Opener
  readonly #keepHere: (place: string, entry: Entry, levels: Levels) => void
  readonly #flights = new Map<string, Flight>()

  constructor(env: Env, opener: Opener, keepHere: (place: string, entry: Entry, levels: Levels) => void) {
    this.#env = env
    this.#opener = opener
    this.#keepHere = keepHere
  }

  /** What Redis has, what somebody makes already, or what is made now, in the caller's own context. */
  async obtain(order: Order, levels: Levels): Promise<Entry> {
    for (;;) {
      const flight = this.#flights.get(order.place)
      if (flight === undefined) return this.#lead(order, levels, 'obtain')
      const landing = await this.#opener.wait(`wait for ${shownKey(order.key)}`, () => flight.landed)
      if (landing.kind === 'made') return landing.entry
      if (landing.kind === 'failed') throw landing.error
      // Who made it may still be at it, deaf to its signal.
      this.#gone(order.place, flight)
    }
  }

  /** Behind a value that is past its time. The end of the job that is the first to see it waits for that. */
  renew(order: Order, levels: Levels): void {
    if (this.#flights.has(order.place)) return
    const fiber = peekFiber()
    const renewing = this.#lead(order, levels, 'renew').catch((error: unknown) => {
      const job = fiber?.loan.job.id
      if (fiber?.stop === undefined) emit('cache.degraded', () => ({ job, verb: 'renew', error }))
    })
    const what = `the making anew of ${shownKey(order.key)} for the cache`
    fiber?.defer({ what, run: () => renewing, withinMs: renewMsMax })
  }

  /** What is being made is not to be kept: somebody has set or deleted it meanwhile. Whoever comes now has it made anew. */
  outdated(place: string): void {
    const flight = this.#flights.get(place)
    if (flight === undefined) return
    flight.void = true
    this.#flights.delete(place)
  }

  /** What the tags are at now. Taken before a value is made: what is invalidated meanwhile counts. */
  async versions({ tags, ...whose }: CacheKeep, { local, shared }: Levels): Promise<TagVersions | undefined> {
    if (tags === undefined || tags.length === 0) return undefined
    const tenant = tenantHere(whose)
    const places = tags.map((tag) => tenantKey(tenant, tag))
    const here = () => Object.fromEntries(places.map((place) => [place, local.begin(place, this.#env.id)]))
    if (shared === undefined) return here()
    const ask = () =>
      this.#opener.ask('read tags', tags.map(shownKey).join(', '), (redis) => redis.tags(places), undefined)
    return (await local.learning(ask, (versions) => versions)) ?? here()
  }

  async #lead(order: Order, levels: Levels, why: 'obtain' | 'renew'): Promise<Entry> {
    const what = `cache: make ${shownKey(order.key)}`
    const stop = peekFiber()?.stop
    if (stop !== undefined) throw reasonOf(stop, what)
    const call = openCall(what)
    const flight = new Flight(call)
    this.#flights.set(order.place, flight)
    try {
      const entry = await (levels.shared === undefined
        ? this.#make(order, levels, flight, undefined)
        : this.#amongAll(order, levels, flight, why))
      flight.land({ kind: 'made', entry })
      return entry
    } catch (error) {
      flight.land({ kind: 'failed', error })
      throw error
    } finally {
      this.#gone(order.place, flight)
      if (call?.fiber.settled === false) call.end()
    }
  }

  #gone(place: string, flight: Flight): void {
    if (this.#flights.get(place) === flight) this.#flights.delete(place)
  }

  /** One process makes it, the others look whether it is there. For no longer than the lock lives: then they make it themselves. */
  async #amongAll(order: Order, levels: Levels, flight: Flight, why: 'obtain' | 'renew'): Promise<Entry> {
    const { place, key } = order
    const token = this.#env.id()
    const untilMs = this.#env.monoMs() + levels.settings.lockMs
    for (let lookMs = lookMsMin; ; lookMs = Math.min(lookMsMax, lookMs * 1.5)) {
      const before = await this.#read(order, levels, why)
      if (before !== undefined) return before
      const mine = await this.#opener.ask('lock', shownKey(key), (shared) => shared.lock(place, token), true)
      if (mine || this.#env.monoMs() >= untilMs) break
      const jitteredMs = lookMs * (0.5 + this.#env.random())
      await this.#opener.wait(`wait for ${shownKey(key)}`, () => sleep(this.#env, jitteredMs))
    }
    try {
      // It may have come between the look and the lock.
      return (await this.#read(order, levels, why)) ?? (await this.#make(order, levels, flight, token))
    } finally {
      if (!flight.kept) this.#unlock(levels, place, token)
    }
  }

  /** Of a value that shall be made anew only what is fresh counts. */
  async #read({ place, key }: Order, levels: Levels, why: 'obtain' | 'renew'): Promise<Entry | undefined> {
    const ask = () => this.#opener.ask('get', shownKey(key), (shared) => shared.read(place), undefined)
    const entry = await levels.local.learning(ask, (found) => found?.tags)
    if (entry === undefined || (why === 'renew' && this.#env.monoMs() >= entry.freshUntilMs)) return undefined
    this.#keepHere(place, entry, levels)
    return entry
  }

  async #make(order: Order, levels: Levels, flight: Flight, token: string | undefined): Promise<Entry> {
    const { place, key, ttlMs, staleMs } = order
    const tags = await this.versions(order.options, levels)
    const text = textOf(await order.make(), key)
    const freshUntilMs = this.#env.monoMs() + ttlMs
    const entry: Entry = { text, freshUntilMs, goodUntilMs: freshUntilMs + staleMs, tags }
    // Over: the job was told to stop, or has ended. What it makes now is nobody's.
    if (flight.void || flight.over || !this.#fits(entry, order, levels)) return entry
    this.#keepHere(place, entry, levels)
    if (token === undefined) return entry
    const sealed = { text, staleMs, tags }
    flight.kept = await this.#opener.ask(
      'keep',
      shownKey(key),
      (shared) => shared.keep(place, token, sealed, ttlMs),
      false,
    )
    return entry
  }

  /** Too large a value is of use to who made it. */
  #fits({ text }: Entry, { key }: Order, { settings }: Levels): boolean {
    const error = tooLarge(text, key, settings.valueBytesMax)
    if (error === undefined) return true
    const job = peekFiber()?.loan.job.id
    emit('cache.degraded', () => ({ job, verb: 'keep', error }))
    return false
  }

  /** Not as a call of the job: it may have been told to stop. Where it fails, the lock runs out. */
  #unlock({ shared }: Levels, place: string, token: string): void {
    outside(() => void shared?.unlock(place, token).catch(() => undefined))
  }
}
