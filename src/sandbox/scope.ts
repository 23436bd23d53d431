import { FiberWorkError } from '../contract/errors.ts'
import type { Cleanup } from './fiber.ts'

/** How something that was made for a job is let go of. */
export interface Disposal<T> {
  /** For reports: `the service "orders"`. */
  what: string
  dispose: (value: Awaited<T>) => unknown
  /** It may take this long. */
  withinMs: number
}

/**
 * What one running job has to itself: values, and things that are made at their first use and let go of when the job ends, in
 * reverse order. Keys are compared by identity; facades use objects of their own.
 */
export class Scope {
  readonly #values = new Map<unknown, unknown>()
  readonly #defer: (cleanup: Cleanup) => void

  constructor(defer: (cleanup: Cleanup) => void) {
    this.#defer = defer
  }

  get(key: unknown): unknown {
    return this.#values.get(key)
  }

  set(key: unknown, value: unknown): void {
    this.#values.set(key, value)
  }

  has(key: unknown): boolean {
    return this.#values.has(key)
  }

  delete(key: unknown): void {
    this.#values.delete(key)
  }

  /**
   * What stands under the key, made now if nothing does. A promise that is rejected is forgotten: the next use makes it anew.
   * Throws what `make` throws, `FW_JOB_INVALID` when it needs itself.
   */
  use<T>(key: unknown, make: () => T, disposal?: Disposal<T>): T {
    if (this.#values.has(key)) return madeOf<T>(key, this.#values.get(key))
    const made = this.#make(key, make)
    if (made instanceof Promise) made.catch(() => this.#values.get(key) === made && this.#values.delete(key))
    if (disposal !== undefined) this.#letGoAtEnd(key, made, disposal)
    return made
  }

  #make<T>(key: unknown, make: () => T): T {
    this.#values.set(key, making)
    try {
      const made = make()
      this.#values.set(key, made)
      return made
    } catch (error) {
      this.#values.delete(key)
      throw error
    }
  }

  #letGoAtEnd<T>(key: unknown, made: T, { what, dispose, withinMs }: Disposal<T>): void {
    this.#defer({
      what,
      withinMs,
      run: async () => {
        // What could not be made has told so already, and leaves nothing to let go of.
        if (made instanceof Promise && !(await made.then(isMade, notMade))) return
        if (this.#values.get(key) === made) this.#values.delete(key)
        await dispose((await made) as Awaited<T>)
      },
    })
  }
}

/** Stands under a key while what belongs there is being made. */
const making = Symbol('making')

function madeOf<T>(key: unknown, value: unknown): T {
  if (value !== making) return value as T
  const name = typeof key === 'object' && key !== null && 'name' in key ? ` "${String(key.name)}"` : ''
  throw new FiberWorkError('FW_JOB_INVALID', `The service${name} needs itself while it is made.`)
}

const isMade = () => true
const notMade = () => false
