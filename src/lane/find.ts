import { laneThread } from '../base/lane-thread.ts'
import { importModule } from '../base/module.ts'
import { FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import { type AnyHandler, isHandler, made } from '../job/definition.ts'
import type { Place } from './messages.ts'

type Module = Record<string, unknown>

/** How deep handlers may lie in what a file exports: `exports.default.jobs[0]`. */
const depthMax = 3

/** The handlers of a thread: each is made anew here, by importing the file that made it on the main thread. */
export class Finder {
  readonly #made: AnyHandler[] = []
  readonly #modules = new Map<string, Module>()

  constructor() {
    made.listener = (handler) => void this.#made.push(handler)
  }

  /** Throws `FW_THREAD_HANDLER`, and `FW_CONFIG_UNREADABLE` for a file that cannot be loaded. */
  async find(place: Place): Promise<AnyHandler> {
    const module = await this.#import(place.file)
    const isIt = ({ name, queue }: AnyHandler) => name === place.name && queue.name === place.queue
    const handler = exported(module).find(isIt) ?? this.#made.findLast(isIt)
    if (handler !== undefined) return handler
    throw new FiberWorkError(
      'FW_THREAD_HANDLER',
      `${place.file} does not define the handler "${place.name}" (queue "${place.queue}") when a thread imports it: it is made later, or elsewhere. Define it at the top of a file of its own, so that each thread has it too.`,
    )
  }

  async #import(file: string): Promise<Module> {
    const known = this.#modules.get(file)
    if (known !== undefined) return known
    laneThread.importing = file
    try {
      const module = await importModule(file)
      this.#modules.set(file, module)
      return module
    } catch (error) {
      throw refusalIn(error) ?? error
    } finally {
      laneThread.importing = undefined
    }
  }
}

/** The file itself did what it must not do in a thread: that says more than that it could not be loaded. */
function refusalIn(error: unknown): FiberWorkError | undefined {
  if (!(error instanceof Error)) return undefined
  return isFiberWorkError(error) && error.code === 'FW_THREAD_HANDLER' ? error : refusalIn(error.cause)
}

function exported(value: unknown, depth = 0): AnyHandler[] {
  if (isHandler(value)) return [value]
  if (typeof value !== 'object' || value === null || depth === depthMax) return []
  return Object.values(value).flatMap((inner) => exported(inner, depth + 1))
}
