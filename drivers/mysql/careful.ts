import type { StoredJob } from '../../src/contract/index.ts'
import type { Taken } from './enqueue.ts'
import { isDuplicate } from './errors.ts'
import type { Link } from './link.ts'
import type { Unit } from './unit.ts'

const triesMax = 4

/**
 * Work that enqueues these jobs, in one transaction: as if the ids on which nothing depends were free, and where the index says that one
 * is not, again with a look at all of them.
 */
export async function carefully<Answer>(
  link: Link,
  verb: string,
  jobs: readonly StoredJob[],
  work: (unit: Unit, taken: Taken) => Promise<Answer>,
): Promise<Answer> {
  const queues = new Set(jobs.map(({ queue }) => queue))
  // Between the look and the write somebody may take an id still: then there is one more to look at.
  for (let tries = 1; ; tries++) {
    try {
      return await link.transact(verb, (unit) => work(unit, { ids: new Map(), all: tries > 1 }), queues)
    } catch (error) {
      if (tries === triesMax || !(error instanceof Error && isDuplicate(error.cause))) throw error
    }
  }
}
