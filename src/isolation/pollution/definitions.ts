import type { Suspect } from '../../contract/events.ts'
import type { Fiber } from '../../sandbox/fiber.ts'
import { labelOfHandle } from '../../sandbox/label.ts'
import type { Handle } from '../../sandbox/storage.ts'

const toldMax = 50
const suspectsMax = 10

/** What the jobs of one definition have been doing. */
export class Definition {
  /** How many have begun since the process watches. */
  seen = 0
  running = 0
  /** How many have begun since the last look. */
  begun = 0
  /** How many were running at the last look, whatever became of them. */
  carried = 0
  newest: Handle | undefined
  readonly #told = new Set<string>()

  /** Is this said for the first time? A definition that changes ever new things is named for the first fifty. */
  isNews(text: string): boolean {
    if (this.#told.has(text) || this.#told.size >= toldMax) return false
    this.#told.add(text)
    return true
  }
}

/** All definitions that run in this process: who could have done what is found at the next look. */
export class Definitions {
  readonly #byName = new Map<string, Definition>()
  /** How many jobs have entered so far, and how many of them have not left. */
  entries = 0
  running = 0
  #entriesBefore = 0
  #runningBefore = 0

  /** Has any job run since the last look? */
  get haveRun(): boolean {
    return this.entries > this.#entriesBefore || this.#runningBefore > 0
  }

  of(name: string): Definition {
    let found = this.#byName.get(name)
    if (found === undefined) this.#byName.set(name, (found = new Definition()))
    return found
  }

  entered(definition: Definition, { handle }: Fiber): void {
    definition.seen++
    definition.running++
    definition.begun++
    definition.newest = handle
    this.entries++
    this.running++
  }

  left(fiber: Fiber): void {
    this.of(fiber.loan.job.name).running--
    this.running--
  }

  /** Whoever has run since the last look, most jobs first. */
  suspects(): { handle: Handle; suspect: Suspect }[] {
    return [...this.#byName.values()]
      .flatMap((definition) => {
        const { begun, carried, newest } = definition
        const label = newest === undefined ? undefined : labelOfHandle(newest)
        const jobs = begun + carried
        if (newest === undefined || label === undefined || jobs === 0) return []
        const { name, queue, id } = label
        return [{ handle: newest, suspect: { name, queue, jobs, id } }]
      })
      .sort((one, other) => other.suspect.jobs - one.suspect.jobs)
      .slice(0, suspectsMax)
  }

  /** Everything was looked at: from here on others are to be suspected. */
  looked(): void {
    this.#entriesBefore = this.entries
    this.#runningBefore = this.running
    for (const definition of this.#byName.values()) {
      definition.begun = 0
      definition.carried = definition.running
    }
  }
}
