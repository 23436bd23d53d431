import { nearest } from '../base/nearest.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type AnyDefinition, defineJob } from '../job/definition.ts'
import { unchecked } from '../job/schema.ts'

/** What is known of the jobs that may be enqueued: their schemas, and what they say of themselves. */
export class Definitions {
  readonly #all: readonly AnyDefinition[]
  readonly #byName: Map<string, AnyDefinition[]>
  readonly #open: boolean

  /** `open`: a name that nobody knows is enqueued as it comes, its input unchecked; by default only where no definition is known at all. */
  constructor(all: readonly AnyDefinition[], { open = all.length === 0 }: { open?: boolean } = {}) {
    this.#all = all
    this.#byName = Map.groupBy(all, ({ name }) => name)
    this.#open = open
  }

  get all(): readonly AnyDefinition[] {
    return this.#all
  }

  /** The definition of a stored job, if it is known. */
  find(queue: string, name: string): AnyDefinition | undefined {
    return this.#byName.get(name)?.find((definition) => definition.queue.name === queue)
  }

  /** What is to be enqueued by this name. Throws `FW_JOB_INVALID` for a name that is unknown, or in several queues. */
  for(name: string, queue: string | undefined): AnyDefinition {
    const named = this.#byName.get(name) ?? []
    const [only, ...others] =
      queue === undefined ? named : named.filter((definition) => definition.queue.name === queue)
    if (only !== undefined && others.length === 0) return only
    if (only !== undefined) {
      const queues = named.map((definition) => definition.queue.name).join(', ')
      throw new FiberWorkError(
        'FW_JOB_INVALID',
        `There is a job "${name}" in the queues ${queues}; say which with \`queue\`.`,
      )
    }
    if (this.#open) return bare(name, queue)
    throw this.#unknown(name, queue)
  }

  #unknown(name: string, queue: string | undefined): FiberWorkError {
    const near = nearest(name, [...this.#byName.keys()])
    const hint =
      near === undefined || near === name
        ? `There are ${this.#all
            .slice(0, 20)
            .map((known) => `"${known.name}" in ${known.queue.name}`)
            .join(', ')}.`
        : `Did you mean "${near}"?`
    const place = queue === undefined ? '' : ` in the queue "${queue}"`
    return new FiberWorkError('FW_JOB_INVALID', `No job is named "${name}"${place}. ${hint}`)
  }
}

/** A job of which only the name is known. */
export function bare(name: string, queue: string | undefined): AnyDefinition {
  return defineJob(name, { input: unchecked<unknown>(), ...(queue !== undefined && { queue }) })
}
