import type { QueueDepth } from '../../src/contract/index.ts'
import { listAll } from './book.ts'
import type { Place } from './place.ts'

/** Kept records are counted up to here: more are told as so many. */
const countMax = 10_000
/** Strays that are taken off the broker's own count, at most. */
const straysMax = 5_000

/** What waits and runs the broker counts, strays aside; what is kept the ledger. */
export async function depthsOf(place: Place, queues: string[]): Promise<QueueDepth[]> {
  const counted = await place.broker.depth(queues)
  return Promise.all(counted.map((depth) => depthOf(place, depth)))
}

async function depthOf(place: Place, counted: QueueDepth): Promise<QueueDepth> {
  const { ledger, keys, book } = place
  const { queue } = counted
  const count = async (prefix: string) => (await listAll(ledger, prefix, countMax)).length
  const [strays, done, dead, cancelled, quarantined, [pause]] = await Promise.all([
    straysIn(place, queue),
    count(keys.shelf('done', queue)),
    count(keys.shelf('dead', queue)),
    count(keys.shelf('cancelled', queue)),
    count(keys.shelf('quarantined', queue)),
    book.read([keys.pause(queue)]),
  ])
  const ready = Math.max(0, counted.ready - strays.ready)
  const delayed = Math.max(0, counted.delayed - strays.delayed)
  const { oldestReadyMs, ...rest } = counted
  const oldest = ready > 0 && oldestReadyMs !== undefined ? { oldestReadyMs } : {}
  return { ...rest, ...oldest, ready, delayed, done, dead, cancelled, quarantined, paused: pause !== undefined }
}

async function straysIn(place: Place, queue: string): Promise<{ ready: number; delayed: number }> {
  const strays = await listAll(place.ledger, place.keys.strays(queue), straysMax)
  const nowMs = place.nowMs()
  const delayed = strays.filter(({ value }) => Number(value.slice(value.indexOf('\n') + 1)) > nowMs).length
  return { ready: strays.length - delayed, delayed }
}
