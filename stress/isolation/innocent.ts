import type { JobContext } from '../../src/job/context.ts'
import type { Door, Place } from './doors.ts'

/** Told when something is not as the innocent left it. */
export type Differs = (what: string, expected: string, seen: string) => void

export interface Surroundings {
  place: Place
  doors: readonly Door[]
  /** Looks at what all jobs share. */
  look: (differs: Differs) => void
  /** A line of the job's own log reaches who listens. */
  heardLog: (id: string) => unknown
  /** It waits for so long between its steps, at most. */
  waitMs: number
}

/**
 * A job that harms nobody: it sends its own name through every door, one after the other, looks around before and after, and says
 * what was not as it should be.
 */
export async function innocent(tag: string, job: JobContext, around: Surroundings, differs: Differs): Promise<void> {
  const { doors, place, look, heardLog, waitMs } = around
  const { id, attempt } = job
  job.scope.set('tag', tag)
  look(differs)
  const first = Math.floor(Math.random() * doors.length)
  for (let i = 0; i < doors.length; i++) {
    const { name, visit } = doors[(first + i) % doors.length]!
    const seen = await visit(tag, job, place)
    if (seen !== tag) differs(name, tag, String(seen))
    await new Promise((resolve) => setTimeout(resolve, Math.random() * waitMs))
  }
  job.log.info(tag)
  const logged = heardLog(id)
  if (logged !== tag) differs('its own log', tag, String(logged))
  if (job.id !== id || job.attempt !== attempt || job.scope.get('tag') !== tag) {
    differs('its own job', `${id} ${attempt} ${tag}`, `${job.id} ${job.attempt} ${String(job.scope.get('tag'))}`)
  }
  look(differs)
}
