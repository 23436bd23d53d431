import { defaults } from '../base/defaults.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Service } from '../contract/scope.ts'
import type { JobContext } from '../job/context.ts'
import { checkName } from '../job/names.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { currentFiber, outside, peekFiber } from '../sandbox/storage.ts'
import { current } from './current.ts'

export interface ServiceOptions {
  /** How long `dispose` may take before the job ends without it; 5 s by default. */
  disposeMs?: number
}

/** A service of each job. */
export class JobService<T> implements Service<T> {
  readonly name: string
  readonly per = 'job'
  readonly #make: (job: JobContext) => T
  readonly #dispose: ((value: Awaited<T>) => unknown) | undefined
  readonly #disposeMs: number

  constructor(
    name: string,
    make: (job: JobContext) => T,
    dispose: ((value: Awaited<T>) => unknown) | undefined,
    disposeMs: number,
  ) {
    this.name = name
    this.#make = make
    this.#dispose = dispose
    this.#disposeMs = disposeMs
  }

  get(): T {
    current()
    return this.of(currentFiber()!)
  }

  /** That of this job. */
  of({ scope, context }: Fiber): T {
    const dispose = this.#dispose
    return scope.use(
      this,
      () => this.#make(context as JobContext),
      dispose && { what: `the service "${this.name}"`, dispose, withinMs: this.#disposeMs },
    )
  }
}

const key = Symbol.for('fiber-work.singletons')
const shared = globalThis as { [key]?: Set<{ dispose(): Promise<void> }> }

/** Those of the process, also when two copies of the package are loaded: the jobs' own, and the command line's. */
const singletons = (shared[key] ??= new Set())

/** A service of the process. */
class Singleton<T> implements Service<T> {
  readonly name: string
  readonly per = 'process'
  readonly #make: () => T
  readonly #dispose: ((value: Awaited<T>) => unknown) | undefined
  #made: { value: T } | undefined
  #making = false

  constructor(name: string, make: () => T, dispose: ((value: Awaited<T>) => unknown) | undefined) {
    this.name = name
    this.#make = make
    this.#dispose = dispose
  }

  get(): T {
    if (standInsMade) {
      const scope = peekFiber()?.scope
      if (scope?.has(this) === true) return scope.get(this) as T
    }
    if (this.#made === undefined) {
      const made = (this.#made = { value: this.#begin() })
      singletons.add(this)
      // What could not be made is made anew by the next one.
      if (made.value instanceof Promise) made.value.catch(() => this.#made === made && (this.#made = undefined))
    }
    return this.#made.value
  }

  #begin(): T {
    if (this.#making)
      throw new FiberWorkError('FW_JOB_INVALID', `The service "${this.name}" needs itself while it is made.`)
    this.#making = true
    try {
      return outside(() => this.#make())
    } finally {
      this.#making = false
    }
  }

  async dispose(): Promise<void> {
    const made = this.#made
    this.#made = undefined
    singletons.delete(this)
    if (made !== undefined) await outside(async () => this.#dispose?.(await made.value))
  }
}

/**
 * Something that each job has to itself: made when the job first asks for it (`service.get()` or `job.scope.get(service)`), and
 * disposed of when the job ends, the last one first. What fails then is told (`job.disposal`), and does not change what the job came to.
 * Throws `FW_NAME_INVALID`, `FW_JOB_INVALID`.
 */
export function defineService<T>(
  name: string,
  make: (job: JobContext) => T,
  dispose?: (value: Awaited<T>) => unknown,
  { disposeMs = defaults.disposeMs }: ServiceOptions = {},
): Service<T> {
  check(name, make, dispose)
  if (!(disposeMs > 0 && disposeMs < Infinity)) {
    throw new FiberWorkError(
      'FW_JOB_INVALID',
      `\`disposeMs\` of "${name}" is ${String(disposeMs)}; it must be milliseconds above 0.`,
    )
  }
  return new JobService(name, make, dispose, disposeMs)
}

/**
 * Something that all jobs of the process share, and say so: a pool, a cache, a compiled template. Made at its first use, outside of
 * any job, so that it keeps nothing of the job that came first; it lives until `disposeSingletons()`, which the CLI calls at its end.
 * Throws `FW_NAME_INVALID`, `FW_JOB_INVALID`.
 */
export function defineSingleton<T>(name: string, make: () => T, dispose?: (value: Awaited<T>) => unknown): Service<T> {
  check(name, make, dispose)
  return new Singleton(name, make, dispose)
}

let standInsMade = false

/** For tests: what this job gets in the place of a service. It is not disposed of. */
export function standIn(fiber: Fiber, service: Service<unknown>, value: unknown): void {
  standInsMade = true
  fiber.scope.set(service, value)
}

/** Disposes of all singletons that were made, the last one first; they can be made again. Rejects with what failed, after all were tried. */
export async function disposeSingletons(): Promise<void> {
  const failures: unknown[] = []
  for (const singleton of [...singletons].reverse()) {
    await singleton.dispose().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Singletons could not be disposed of.')
}

function check(name: string, make: unknown, dispose: unknown): void {
  checkName('service', name)
  if (typeof make === 'function' && (dispose === undefined || typeof dispose === 'function')) return
  throw new FiberWorkError(
    'FW_JOB_INVALID',
    `The service "${name}" needs a function that makes it, and may have one that disposes of it.`,
  )
}
