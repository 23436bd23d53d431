import type { JobScope, Service } from '../contract/scope.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { JobService } from './service.ts'

/** The scope as the handler sees it. */
export class ContextScope implements JobScope {
  readonly #fiber: Fiber

  constructor(fiber: Fiber) {
    this.#fiber = fiber
  }

  get<T>(service: Service<T>): T
  get(key: string | symbol): unknown
  get(wanted: Service<unknown> | string | symbol): unknown {
    if (typeof wanted !== 'object') return this.#fiber.scope.get(asKey(wanted, 'get'))
    if (typeof wanted?.get !== 'function') throw noKey(wanted, 'get')
    if (!(wanted instanceof JobService)) return wanted.get()
    this.#alive()
    return wanted.of(this.#fiber)
  }

  set(key: string | symbol, value: unknown): void {
    this.#alive()
    this.#fiber.scope.set(asKey(key, 'set'), value)
  }

  has(key: string | symbol): boolean {
    return this.#fiber.scope.has(key)
  }

  #alive(): void {
    if (!this.#fiber.settled) return
    const { name, id } = this.#fiber.loan.job
    throw new FiberWorkError('FW_JOB_SETTLED', `The scope of "${name}" ${id} was used after the job's end.`)
  }
}

function asKey(key: string | symbol, verb: string): string | symbol {
  if (typeof key === 'string' || typeof key === 'symbol') return key
  throw noKey(key, verb)
}

function noKey(key: unknown, verb: string): FiberWorkError {
  const takes = verb === 'get' ? 'a service, a text or a symbol' : 'a text or a symbol'
  return new FiberWorkError(
    'FW_JOB_INVALID',
    `job.scope.${verb} takes ${takes}, not ${key === null ? 'null' : typeof key}.`,
  )
}
