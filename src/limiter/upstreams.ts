import { createHmac } from 'node:crypto'
import { emit } from '../base/emit.ts'
import { type Headers, pauseMs } from './upstream-headers.ts'

/** A service that says more than this is not believed: a mistake of a day would stand still for a day. */
const pauseMsMax = 3_600_000

/** Moments are rounded up to this: ten thousand answers that say the same are one record, and not one each. */
const stepMs = 250

/** Where APIs take a credential, `Authorization` aside. */
const credentialHeaders = ['authorization', 'x-api-key', 'api-key', 'apikey', 'x-auth-token', 'x-access-token']

/** Services that want no calls for now, known under one secret: one of the process, and one of each ledger that it shares. */
export class Shelf {
  /** Told of what this process learns, the secret's hash in the place of the credential. */
  readonly onLearnt: ((upstream: string, untilMs: number) => void) | undefined
  readonly #secret: string
  /** By origin, then by credential: of most calls the origin alone has to be looked up. */
  readonly #frozen = new Map<string, Map<string, number>>()

  constructor(secret: string, onLearnt?: (upstream: string, untilMs: number) => void) {
    this.#secret = secret
    this.onLearnt = onLearnt
  }

  frozenUntilMs(origin: string, headers: Headers): number {
    const credentials = this.#frozen.get(origin)
    return credentials?.get(this.#hash(headers)) ?? 0
  }

  /** This process has it from the service itself. Answers whether that is later than what was known. */
  learn(origin: string, headers: Headers, untilMs: number): boolean {
    const credential = this.#hash(headers)
    const later = this.#put(origin, credential, untilMs)
    if (later) this.onLearnt?.(`${origin}#${credential}`, untilMs)
    return later
  }

  /** Somebody else has learnt it. */
  told(upstream: string, untilMs: number): boolean {
    const at = upstream.lastIndexOf('#')
    return at > 0 && this.#put(upstream.slice(0, at), upstream.slice(at + 1), untilMs)
  }

  forget(nowMs: number): void {
    for (const [origin, credentials] of this.#frozen) {
      for (const [credential, untilMs] of credentials) if (untilMs <= nowMs) credentials.delete(credential)
      if (credentials.size === 0) this.#frozen.delete(origin)
    }
  }

  #put(origin: string, credential: string, untilMs: number): boolean {
    const credentials = this.#frozen.get(origin) ?? new Map<string, number>()
    if ((credentials.get(credential) ?? 0) >= untilMs) return false
    this.#frozen.set(origin, credentials.set(credential, untilMs))
    return true
  }

  /** No part of a credential is kept or written down: only what its owner could compare. */
  #hash(headers: Headers): string {
    const hash = createHmac('sha256', this.#secret)
    for (const name of credentialHeaders) {
      const value = headers[name]
      if (value !== undefined) hash.update(`${name}: ${String(value)}\n`)
    }
    return hash.digest('base64url').slice(0, 22)
  }
}

/** What the calls of this process know of the services they go to, and have learnt from those of other processes. */
export class Upstreams {
  readonly #shelves = new Set<Shelf>()
  readonly #own: Shelf
  /** Told of every call before it asks. One that has not looked for long answers with its look. */
  readonly onCall: Set<() => Promise<void> | undefined> = new Set()

  constructor(secret: string) {
    this.#own = new Shelf(secret)
    this.#shelves.add(this.#own)
  }

  /** To be called before each call. Wait for the answer, if there is one: others may know more. It resolves soon, and never rejects. */
  called(): Promise<unknown> | undefined {
    let looks: Promise<void>[] | undefined
    for (const told of this.onCall) {
      const look = told()
      if (look !== undefined) (looks ??= []).push(look)
    }
    return looks && Promise.all(looks)
  }

  /** Until when the service wants no calls with the credential in these headers; 0 when it takes them. */
  frozenUntilMs(origin: string, headers: Headers, nowMs: number): number {
    let untilMs = 0
    for (const shelf of this.#shelves) untilMs = Math.max(untilMs, shelf.frozenUntilMs(origin, headers))
    return untilMs > nowMs ? untilMs : 0
  }

  /** Take from an answer what it says of limits. */
  learn(origin: string, request: Headers, status: number, answer: Headers, nowMs: number): void {
    const ms = pauseMs(status, answer, nowMs)
    if (ms === undefined || ms <= 0) return
    const untilMs = Math.ceil((nowMs + Math.min(ms, pauseMsMax)) / stepMs) * stepMs
    this.#own.forget(nowMs)
    let later = false
    for (const shelf of this.#shelves) later = shelf.learn(origin, request, untilMs) || later
    if (later) emit('upstream.frozen', () => ({ upstream: origin, untilMs, status }))
  }

  /** Answers how to take the shelf away again. */
  add(shelf: Shelf): () => void {
    this.#shelves.add(shelf)
    return () => void this.#shelves.delete(shelf)
  }
}
