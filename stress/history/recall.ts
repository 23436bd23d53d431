import type { Found } from './check.ts'
import type { Event } from './events.ts'
import { executionsOf } from './runs.ts'

/**
 * What a store without history would say of its jobs, were it to remember: done is what has returned and lies in no queue any more, with the result of
 * its last execution. Counts are those of the history itself, so that a judge has nothing to hold against them.
 */
export function recalled(events: readonly Event[], ids: Iterable<string>): Map<string, Found> {
  const { runs } = executionsOf(events)
  const found = new Map<string, Found>()
  for (const id of ids) {
    const ofJob = (runs.get(id) ?? []).toSorted((a, b) => a.startMs - b.startMs)
    const last = ofJob.at(-1)
    if (last === undefined || ofJob.every(({ end }) => end?.how !== 'returned')) continue
    const threw = ofJob.filter(({ end }) => end?.how === 'threw').length
    const cutOff = new Set(ofJob.filter(({ end }) => end === undefined).map(({ pid }) => pid)).size
    found.set(id, { state: 'done', attempts: threw + 1, crashes: cutOff, run: last.run })
  }
  return found
}
