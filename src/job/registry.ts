import { FiberWorkError } from '../contract/errors.ts'
import { shown } from './check.ts'
import { type AnyHandler, isHandler } from './definition.ts'
import type { Queue } from './queue.ts'

/** The handlers of one worker, by queue and name. */
export class Registry {
  readonly #handlers = new Map<string, Map<string, AnyHandler>>()
  readonly #queues = new Map<string, Queue>()
  readonly #others = new Map<string, AnyHandler>()

  /** Throws `FW_JOB_INVALID` for what is not a handler, for a name twice in a queue, and for a queue declared in two ways. */
  constructor(handlers: readonly unknown[]) {
    for (const handler of handlers) this.#add(handler)
  }

  /** The handler of this name; without one, that of the queue's other names. */
  find(queue: string, name: string): AnyHandler | undefined {
    return this.#handlers.get(queue)?.get(name) ?? this.#others.get(queue)
  }

  get queues(): Queue[] {
    return [...this.#queues.values()]
  }

  names(queue: string): string[] {
    return [...(this.#handlers.get(queue)?.keys() ?? [])]
  }

  all(): AnyHandler[] {
    return [...this.#handlers.values()].flatMap((named) => [...named.values()])
  }

  #add(handler: unknown): void {
    if (!isHandler(handler)) {
      throw new FiberWorkError(
        'FW_JOB_INVALID',
        `A worker takes handlers (defineJob with a function), not ${shown(handler)}.`,
      )
    }
    const { name, queue } = handler
    const known = this.#queues.get(queue.name)
    if (known === undefined || Object.keys(known.options).length === 0) this.#queues.set(queue.name, queue)
    else if (Object.keys(queue.options).length > 0 && JSON.stringify(known.options) !== JSON.stringify(queue.options)) {
      throw new FiberWorkError('FW_JOB_INVALID', `The queue "${queue.name}" is declared twice with different options.`)
    }
    const named = this.#handlers.get(queue.name) ?? new Map<string, AnyHandler>()
    if (named.has(name))
      throw new FiberWorkError('FW_JOB_INVALID', `Two handlers are named "${name}" in the queue "${queue.name}".`)
    this.#handlers.set(queue.name, named.set(name, handler))
    if (handler.takesOtherNames === true) this.#others.set(queue.name, handler)
  }
}
