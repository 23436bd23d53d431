import type { Reservation, Reserved } from '../../src/contract/index.ts'
import { unwire, wire } from '../redis-common/wire.ts'
import { type Fields, open } from './codec.ts'
import type { Loans } from './loans.ts'
import type { Places } from './lookout.ts'

type Lent = [queue: string, entries: [entry: string, fields: Fields][]]

/** What `scripts/reserve.lua` answers. */
export type ReserveReply = [now: string, broken: string[], wakeInMs: string, places: string[], ...lent: Lent[]]

/** With `again` the same may have been told before. */
export function reservedOf(loans: Loans, [now, broken, , , ...lent]: ReserveReply, again: boolean): Reserved {
  const jobs: Reservation[] = []
  const startedAtMs = Number(now)
  for (const [queue, entries] of lent) {
    for (const [entry, fields] of entries) {
      const opened = open(queue, entry, fields)
      opened.attempts++
      const { job, attempts, crashes, enqueuedAtMs, readyAtMs } = opened
      const key = job.unique === undefined ? undefined : wire(job.unique.key)
      const receipt = loans.add({ queue, entry, id: wire(job.id), key, startedAtMs, opened }, again)
      const waitedMs = Math.max(0, startedAtMs - readyAtMs)
      jobs.push({ receipt, job, attempts, crashes, enqueuedAtMs, waitedMs })
    }
  }
  return { jobs, broken: broken.map(unwire) }
}

/** Where to wait: streams and the newest entries in them, in turn. */
export function placesIn([, , , places]: ReserveReply): Places {
  const found = new Map<string, string>()
  for (let i = 0; i < places.length; i += 2) found.set(places[i]!, places[i + 1]!)
  return found
}
