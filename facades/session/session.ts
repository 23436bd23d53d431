import { systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Fiber } from '../../src/sandbox/fiber.ts'
import { currentFiber } from '../../src/sandbox/storage.ts'
import { tenantHere, tenantKey, type TenantOptions } from '../../src/sandbox/tenant.ts'
import { Copy, update } from './copy.ts'
import { Keeper } from './keeper.ts'
import { checkConfigure, type SessionOptions, type Settings, settingsOf } from './options.ts'
import { valueOf, valuesOf } from './values.ts'

const writeMsMax = 5_000

/** The sessions that one job has opened. They are written when it is done. */
class OpenSessions {
  readonly #keeper: Keeper
  readonly #copies = new Map<string, Copy>()
  #written = false

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  of(id: string): Copy {
    if (this.#written) {
      throw new FiberWorkError(
        'FW_JOB_SETTLED',
        `The session ${id} was written when the handler returned; use it before.`,
      )
    }
    let copy = this.#copies.get(id)
    if (copy === undefined) this.#copies.set(id, (copy = new Copy(this.#keeper, id)))
    return copy
  }

  async write(): Promise<void> {
    this.#written = true
    for (const copy of this.#copies.values()) await copy.write()
  }
}

/** Small state of tenants, over jobs. */
export class Sessions {
  readonly #keeper: Keeper
  readonly #own: SessionOptions
  readonly #defaults: () => SessionOptions
  #settings: Settings | undefined

  constructor(options: SessionOptions, defaults: () => SessionOptions = () => ({})) {
    this.#own = options
    this.#defaults = defaults
    this.#keeper = new Keeper(options.env ?? systemEnv, () => this.#now)
  }

  configure(options: SessionOptions): void {
    checkConfigure(options)
    this.#settings = settingsOf('Session.configure', this.#with(options))
    void this.close()
  }

  of(name: string, options: TenantOptions = {}): NamedSession {
    tenantKey(undefined, name)
    return new NamedSession(this, name, options)
  }

  ofTenant(tenant: string): NamedSession {
    return new NamedSession(this, undefined, { tenant })
  }

  get<T = unknown>(key: string): Promise<T | undefined> {
    return this.read(undefined, {}, key) as Promise<T | undefined>
  }

  set(key: string, value: unknown): Promise<void> {
    return this.put(undefined, {}, key, value)
  }

  delete(key: string): Promise<void> {
    return this.put(undefined, {}, key, undefined)
  }

  update<T = unknown>(
    key: string,
    change: (value: T | undefined) => T | undefined | Promise<T | undefined>,
  ): Promise<T> {
    return this.change(undefined, {}, key, change as Change) as Promise<T>
  }

  close(): Promise<void> {
    return this.#keeper.close()
  }

  async read(name: string | undefined, options: TenantOptions, key: string): Promise<unknown> {
    const id = idOf(name, options, key)
    const fiber = currentFiber()
    if (fiber !== undefined) return this.#openOf(fiber).of(id).get(key)
    return valueOf(valuesOf(await this.#keeper.read(id)).get(key))
  }

  async put(name: string | undefined, options: TenantOptions, key: string, value: unknown): Promise<void> {
    const id = idOf(name, options, key)
    const fiber = currentFiber()
    if (fiber !== undefined) return this.#openOf(fiber).of(id).set(key, value)
    await update(this.#keeper, id, key, () => value)
  }

  async change(name: string | undefined, options: TenantOptions, key: string, change: Change): Promise<unknown> {
    const id = idOf(name, options, key)
    const fiber = currentFiber()
    if (fiber !== undefined) return this.#openOf(fiber).of(id).update(key, change)
    return valueOf(await update(this.#keeper, id, key, (text) => change(valueOf(text))))
  }

  get #now(): Settings {
    return (this.#settings ??= settingsOf('Session', this.#with(this.#own)))
  }

  /** What the environment says counts where nobody says otherwise. */
  #with(options: SessionOptions): SessionOptions {
    return options.store === undefined ? { ...this.#defaults(), ...options } : options
  }

  #openOf(fiber: Fiber): OpenSessions {
    return fiber.scope.use(this, () => {
      const open = new OpenSessions(this.#keeper)
      fiber.conclusions ??= []
      fiber.conclusions.push(() => open.write())
      if (this.#now.keepOnFailure) {
        fiber.defer({ what: 'the session of the job', run: () => open.write(), withinMs: writeMsMax })
      }
      return open
    })
  }
}

type Change = (value: unknown) => unknown

/** One session by its name, or a tenant's own. */
export class NamedSession {
  readonly #sessions: Sessions
  readonly #name: string | undefined
  readonly #options: TenantOptions

  constructor(sessions: Sessions, name: string | undefined, options: TenantOptions) {
    this.#sessions = sessions
    this.#name = name
    this.#options = options
  }

  get<T = unknown>(key: string): Promise<T | undefined> {
    return this.#sessions.read(this.#name, this.#options, key) as Promise<T | undefined>
  }

  set(key: string, value: unknown): Promise<void> {
    return this.#sessions.put(this.#name, this.#options, key, value)
  }

  delete(key: string): Promise<void> {
    return this.#sessions.put(this.#name, this.#options, key, undefined)
  }

  update<T = unknown>(
    key: string,
    change: (value: T | undefined) => T | undefined | Promise<T | undefined>,
  ): Promise<T> {
    return this.#sessions.change(this.#name, this.#options, key, change as Change) as Promise<T>
  }
}

/** One text for a tenant and a name, another one for any other two. */
function idOf(name: string | undefined, options: TenantOptions, key: string): string {
  tenantKey(undefined, key)
  return JSON.stringify([tenantHere(options) ?? null, name ?? null])
}
