import { FiberWorkError } from '../../contract/errors.ts'
import { Entries } from './entries.ts'
import { OwnProperties } from './own-properties.ts'
import type { Part } from './part.ts'

const watchedMax = 1_000

/** Everything that modules have asked to have watched, each with its parts. */
const watched = new Map<symbol, readonly Part[]>()
let parts: readonly Part[] = []

/**
 * Watch something that all jobs share and none may change: the configuration in a module, a table, a client with its methods. Its own
 * properties are compared (and what a Map or Set holds), one level deep; a job that changes them is told (`job.polluted`), and under
 * `isolation: 'strict'` fails, with everything put back. Answers the function that ends it. Without a worker in the process it does nothing.
 * Throws `FW_JOB_INVALID` for what is no object, and beyond 1,000 of them.
 */
export function watch(object: object, name = nameOf(object)): () => void {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) {
    throw new FiberWorkError('FW_JOB_INVALID', `watch() takes an object or a function, not ${String(object)}.`)
  }
  if (watched.size >= watchedMax) {
    throw new FiberWorkError(
      'FW_JOB_INVALID',
      `${watchedMax} objects are watched; watch() is for what belongs to a module, not for what a job makes.`,
    )
  }
  const key = Symbol(name)
  const isCollection = object instanceof Map || object instanceof Set
  watched.set(key, [new OwnProperties(name, object), ...(isCollection ? [new Entries(name, object)] : [])])
  parts = [...watched.values()].flat()
  return () => {
    watched.delete(key)
    parts = [...watched.values()].flat()
  }
}

export const watchedParts = (): readonly Part[] => parts

function nameOf(object: unknown): string {
  if (typeof object === 'function' && object.name !== '') return object.name
  return 'a watched object'
}
