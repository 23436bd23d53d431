import type { Keep, TerminalState } from '../../src/contract/index.ts'
import { removeAll } from './actions.ts'
import { listAll } from './book.ts'
import { findAll } from './list.ts'
import { enqueuedAtMsOf, lastOf } from './keys.ts'
import type { Place } from './place.ts'
import type { Presence } from './presence.ts'

/** Entries of a shelf that one call reads, the newest first; who is beyond them is found once these are fewer. */
const entriesMax = 20_000
/** Records that are read together. */
const batchMax = 500

/**
 * Forget what has ended beyond what is to be kept of each state. A shelf is in the order of the enqueues: that tells who is oldest. By their age
 * the ledger forgets most of them itself.
 */
export async function trim(
  presence: Presence,
  queue: string,
  states: readonly TerminalState[],
  keep: Keep,
  limit: number,
): Promise<{ removed: number; more: boolean }> {
  let [removed, more] = [0, false]
  for (const state of new Set(states)) {
    const room = limit - removed
    const beyond = await beyondOf(presence.place, queue, state, keep, room + 1)
    more ||= beyond.length > room
    const answers = await removeAll(presence, beyond.slice(0, room))
    removed += answers.filter((answer) => answer === 'removed').length
  }
  return { removed, more }
}

/** Ids of those that are too many or too old, oldest first, at most so many. */
async function beyondOf(
  place: Place,
  queue: string,
  state: TerminalState,
  { count, ageMs }: Keep,
  most: number,
): Promise<string[]> {
  const shelf = place.keys.shelf(state, queue)
  const entries = (await listAll(place.ledger, shelf, entriesMax)).toReversed()
  const beyond = entries.slice(0, Math.min(most, Math.max(0, entries.length - count))).map(({ key }) => lastOf(key))
  const endedBeforeMs = place.nowMs() - ageMs
  // Who came after that has not ended before it.
  const aged = entries
    .slice(beyond.length)
    .filter(({ key }) => enqueuedAtMsOf(key.slice(shelf.length)) <= endedBeforeMs)
  for (let at = 0; at < aged.length && beyond.length < most; at += batchMax) {
    const records = await findAll(
      place,
      aged.slice(at, at + batchMax).map(({ key }) => lastOf(key)),
    )
    for (const record of records) {
      if (record?.settledAtMs !== undefined && record.settledAtMs < endedBeforeMs) beyond.push(record.job.id)
    }
  }
  return beyond.slice(0, most)
}
