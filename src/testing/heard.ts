import { on } from '../base/emit.ts'
import type { Events } from '../contract/events.ts'

const names = [
  'job.started',
  'job.log',
  'limit.waited',
  'http.ended',
  'facade.ended',
  'job.stuck',
  'job.zombie',
  'job.disposal',
  'job.blamed',
  'job.stale',
  'job.ended',
] as const

type Told = (typeof names)[number]

/** What changes from run to run, or is the same for all events of a run. */
const volatile = ['worker', 'id', 'job', 'ms', 'runMs', 'waitedMs'] as const

/** One event of a job, without ids and durations: the same in every run, fit for a snapshot. */
export type HeardEvent = { [E in Told]: { event: E } & Omit<Events[E], (typeof volatile)[number]> }[Told]

/** Everything that is told of the jobs that `mine` knows; it is asked, in order, when somebody looks at what was heard. */
export function hear(mine: (job: string | undefined, worker: string | undefined) => boolean) {
  const told: { event: Told; payload: object }[] = []
  const off = names.map((event) => on(event, (payload) => void told.push({ event, payload })))
  return {
    get heard(): HeardEvent[] {
      return told.filter(({ payload }) => isMine(payload)).map(({ event, payload }) => stable(event, payload))
    },
    stop() {
      for (const unsubscribe of off) unsubscribe()
    },
  }
  function isMine(payload: object): boolean {
    const { id, job, worker } = payload as { id?: string; job?: string; worker?: string }
    return mine(id ?? job, worker)
  }
}

function stable(event: Told, payload: object): HeardEvent {
  const kept = Object.entries(payload).filter(([key]) => !(volatile as readonly string[]).includes(key))
  return { event, ...Object.fromEntries(kept) } as HeardEvent
}
