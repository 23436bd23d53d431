import { channelOf, on } from '../../src/base/emit.ts'
import type { EventName } from '../../src/contract/events.ts'
import type { Trace } from './trace.ts'

/** The event of the pollution guard. */
interface Polluted {
  id: string
  sure: string
  changes: string[]
  undone: boolean
  suspects?: { id: string }[]
}

/** Write down whatever names a job as the doer of something, and what nobody owns. */
export function listen(trace: Trace): void {
  const named = (id: string, by: string, detail?: string) =>
    trace.write({ kind: 'named', id, by, ...(detail !== undefined && { detail: detail.slice(0, 300) }) })
  on('job.blamed', ({ id, sure, origin }) => named(id, `job.blamed:${sure}`, origin))
  on('job.stuck', ({ id }) => named(id, 'job.stuck'))
  on('job.zombie', ({ id, left }) => named(id, 'job.zombie', left.join('; ')))
  on('job.disposal', ({ id, what }) => named(id, 'job.disposal', what))
  on('job.ended', ({ id, verdict, error }) => {
    if (verdict !== 'done') named(id, `job.ended:${codeOf(error) ?? verdict}`, String(error))
  })
  for (const event of ['loop.blocked', 'loop.recovered'] as const) {
    on(event, ({ sure, job, at, native }) => {
      if (job !== undefined) named(job.id, `${event}:${sure}`, at ?? native)
    })
  }
  on('worker.stray', (event) => {
    trace.write({ kind: 'stray', origin: event.origin })
    // A job that has ended may still be known by its name.
    const { job } = event as { job?: { id: string } }
    if (job !== undefined) named(job.id, 'worker.stray', event.origin)
  })
  channelOf('job.polluted' as EventName).subscribe((event) => {
    const { id, sure, changes, undone, suspects = [] } = event as Polluted
    const about = `${changes.join('; ')}${undone ? ', undone' : ''}`
    if (sure === 'exact') named(id, 'job.polluted:exact', about)
    // The job that the event is about is the one at whose end it was found; the suspects are those that may have done it.
    for (const suspect of suspects) named(suspect.id, 'job.polluted:suspect', about)
  })
}

/** The code in the text of an error. */
function codeOf(error: unknown): string | undefined {
  return /^\w+ \[(FW_\w+)\]/.exec(String(error))?.[1]
}
