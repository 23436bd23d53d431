/**
 * BullMQ's ids hold in one queue, count from 1 where nobody chose them, may hold no `:`, and share a namespace with BullMQ's
 * own keys (`meta`, `wait`, …). Ours hold in the whole store and may be any text. So:
 *
 * - a job that BullMQ's producers added is `queue:id` to us;
 * - a job that we added has our id; where BullMQ would not take it, `~` and the id in percent escapes.
 */

const reserved = new Set(
  (
    'wait paused active prioritized pc priority marker delayed completed failed waiting-children stalled stalled-check ' +
    'limiter meta id events repeat metrics NaN'
  ).split(' '),
)

/** The job id under which BullMQ keeps a job of ours. */
export function bullIdOf(id: string): string {
  const plain = !/^-?\d+$|:|^~/.test(id) && !reserved.has(id)
  return plain ? id : `~${encodeURIComponent(id)}`
}

/** Back from `bullIdOf`. */
export function ownIdOf(bullId: string): string {
  return bullId.startsWith('~') ? decodeURIComponent(bullId.slice(1)) : bullId
}

/** What we call a job that one of BullMQ's producers added. */
export function foreignIdOf(queue: string, bullId: string): string {
  return `${queue}:${bullId}`
}

/** Where a job with this id of ours may be: as a foreign one in the queue it names, or as our own in any queue. */
export function placesOf(id: string, queues: readonly string[]): { queue: string; bullId: string }[] {
  const own = bullIdOf(id)
  const places = queues.map((queue) => ({ queue, bullId: own }))
  const colon = id.indexOf(':')
  if (colon <= 0) return places
  return [{ queue: id.slice(0, colon), bullId: id.slice(colon + 1) }, ...places]
}
