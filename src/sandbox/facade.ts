import { emit } from '../base/emit.ts'
import { systemEnv } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type FacadeCall, openCall } from './call.ts'
import type { Fiber, Stop } from './fiber.ts'
import { currentFiber, outside } from './storage.ts'

/** What a facade is made of. */
export interface FacadeOptions<Resource, Face> {
  /** The client, pool or connection behind it: made at its first use, once a process, outside of any job. */
  open: () => Resource | Promise<Resource>
  /** Lets go of it, at `close()`. */
  close?: (resource: Resource) => unknown
  /** What users call: each method goes through `door.call`. */
  face: (door: FacadeDoor<Resource>) => Face
}

/** What a facade's call is told about who makes it. */
export interface FacadeScene {
  /** Aborted when the job is told to stop; undefined outside of a job. Asking for it makes it: most calls need none. */
  readonly signal: AbortSignal | undefined
}

/** Who makes a call. */
export interface FacadeJob {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly group: string | undefined
  readonly tenant: string | undefined
  readonly attempt: number
}

/** What a facade's methods have at hand. */
export interface FacadeDoor<Resource> {
  readonly name: string
  /** The job that runs now, undefined outside of one. Throws `FW_JOB_SETTLED` after its end. */
  readonly job: FacadeJob | undefined
  /**
   * One call to the resource, bound to the job that makes it: it is shown as what the job waits for, ends (for the job) when the job
   * is told to stop, and is reported as a zombie when the job ends before it. `run` runs outside of the job, so that a connection
   * opened on the way does not carry it. Outside of a job it is bound to nothing.
   * Throws what `run` and `open` throw, why the job was told to stop, `FW_JOB_SETTLED`.
   */
  call<T>(what: string, run: (resource: Resource, scene: FacadeScene) => T | Promise<T>): Promise<T>
  /** Something of this facade that the running job has to itself, made at the first use and let go of at its end. Throws `FW_OUTSIDE_JOB`. */
  state<T>(make: () => T, dispose?: (value: Awaited<T>) => unknown): T
}

const disposeMsMax = 5_000

/** The process's end of a facade: its resource, and the calls to it. */
export class Door<Resource> implements FacadeDoor<Resource> {
  readonly name: string
  readonly #open: () => Resource | Promise<Resource>
  readonly #close: ((resource: Resource) => unknown) | undefined
  #resource: Promise<Resource> | undefined

  constructor(name: string, options: Pick<FacadeOptions<Resource, never>, 'open' | 'close'>) {
    this.name = name
    this.#open = options.open
    this.#close = options.close
  }

  get job(): FacadeJob | undefined {
    const fiber = currentFiber()
    return fiber === undefined ? undefined : jobOf(fiber)
  }

  /** The resource; opened now if it is not. What failed to open is tried anew by the next one. */
  resource(): Promise<Resource> {
    if (this.#resource === undefined) {
      const opening = outside(async () => this.#open())
      this.#resource = opening
      opening.catch(() => {
        if (this.#resource === opening) this.#resource = undefined
      })
    }
    return this.#resource
  }

  async call<T>(what: string, run: (resource: Resource, scene: FacadeScene) => T | Promise<T>): Promise<T> {
    const call = openCall(`${this.name}: ${what}`)
    const startedMs = systemEnv.monoMs()
    let failed: { error: unknown } | undefined
    if (call?.fiber.trace !== undefined) call.traced({ kind: 'facade', facade: this.name, what })
    try {
      goesOn(call)
      const answer = outside(async () => {
        const resource = await this.resource()
        goesOn(call)
        const span = call?.span
        return span === undefined ? run(resource, sceneOf(call)) : span.within(() => run(resource, sceneOf(call)))
      })
      return await (call === undefined ? answer : endedBy(call, answer))
    } catch (error) {
      failed = { error }
      throw error
    } finally {
      // At the job's end the call stays open in its books: that is how it is seen as a zombie.
      if (call?.fiber.settled === false) call.end()
      call?.span?.end({ error: failed?.error })
      emit('facade.ended', () => ({
        job: call?.fiber.loan.job.id,
        facade: this.name,
        what,
        ms: systemEnv.monoMs() - startedMs,
        error: failed?.error,
      }))
    }
  }

  state<T>(make: () => T, dispose?: (value: Awaited<T>) => unknown): T {
    const fiber = currentFiber()
    if (fiber === undefined) {
      throw new FiberWorkError('FW_OUTSIDE_JOB', `${this.name} keeps this for each job; there is none here.`)
    }
    const what = `what ${this.name} kept for the job`
    return fiber.scope.use(this, make, dispose === undefined ? undefined : { what, dispose, withinMs: disposeMsMax })
  }

  /** Closes the resource; the next call opens it anew. */
  async close(): Promise<void> {
    const closing = this.#resource
    this.#resource = undefined
    const resource = await closing?.then(
      (value) => ({ value }),
      () => undefined,
    )
    if (resource !== undefined) await outside(async () => this.#close?.(resource.value))
  }
}

/**
 * Define a facade: a door to an outside resource that is pooled once a process and bound to each job that uses it. Ours are made
 * of the same. It loads nothing before its first call. Throws `FW_CONFIG_INVALID`.
 */
export function defineFacade<Resource, Face extends object>(
  name: string,
  options: FacadeOptions<Resource, Face>,
): Face & { close(): Promise<void> } {
  const problem = problemOf(name, options)
  if (problem !== undefined) throw new FiberWorkError('FW_CONFIG_INVALID', `defineFacade(name, options): ${problem}`)
  const door = new Door(name, options)
  const face = options.face(door)
  if ('close' in face)
    throw new FiberWorkError('FW_CONFIG_INVALID', `The face of "${name}" has a \`close\`; that is the facade's own.`)
  return Object.assign(face, { close: () => door.close() })
}

function problemOf(name: unknown, options: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return `\`name\` is ${JSON.stringify(name)}; it must be a text.`
  const { open, close, face } = (options ?? {}) as Record<string, unknown>
  if (typeof open !== 'function') return `"${name}" needs a function \`open\`.`
  if (typeof face !== 'function') return `"${name}" needs a function \`face\`.`
  return close === undefined || typeof close === 'function' ? undefined : `\`close\` of "${name}" is no function.`
}

function jobOf({ loan, tenant }: Fiber): FacadeJob {
  const { id, name, queue, group } = loan.job
  return { id, name, queue, group, tenant, attempt: loan.attempts }
}

function sceneOf(call: FacadeCall | undefined): FacadeScene {
  return {
    get signal() {
      return call?.fiber.signal
    },
  }
}

/** Throws why the job was told to stop: nothing is begun for it any more. */
function goesOn(call: FacadeCall | undefined): void {
  if (call?.fiber.stop !== undefined) throw reasonOf(call.fiber.stop, call.what)
}

/** The answer, or why the job was told to stop, whichever comes first. */
function endedBy<T>(call: FacadeCall, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    call.onStop = (stop) => reject(reasonOf(stop, call.what))
    answer.then(resolve, reject)
  })
}

/** Why a call has ended before its answer came. */
export function reasonOf(stop: Stop, what: string): unknown {
  if (stop.kind !== 'settled') return stop.error
  return new FiberWorkError(
    'FW_JOB_SETTLED',
    `The job has ended before this did (${what}); await what a handler starts.`,
  )
}
