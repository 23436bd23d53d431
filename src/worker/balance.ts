/** One queue that is balanced, as it stands now. */
export interface QueueLoad {
  queue: string
  /** Jobs at once in this process: never fewer, never more. */
  min: number
  max: number
  /** Importance against the others; 1 by default. */
  weight: number
  /** What it may have now. */
  share: number
  /** Jobs that wait to be taken, by whichever worker. */
  ready: number
  /** Of this process. */
  running: number
  /** How long the first of them has waited. */
  oldestReadyMs: number
  /** What a job of it takes, on average. */
  runMs: number
}

/** A wait of this length doubles the claim of a queue, twice it trebles it. */
const waitMsDoubling = 20_000
/** No longer wait counts: beyond it the backlog itself says enough. */
const waitMsMax = 60_000

/**
 * What each queue should have of `slots`, if it could be had at once: its `min`; of the rest as much as is due to the work that waits in it
 * (jobs × what each takes), more where it has waited long; and of what nobody needs now, a part by weight, so that whatever comes can
 * begin. All together never more than there is, so that no queue can take the `min` of another.
 */
export function wantedShares(loads: readonly QueueLoad[], slots: number): Map<string, number> {
  const shares = new Map(loads.map(({ queue, min, max }) => [queue, Math.min(min, max)]))
  let left = slots - sum(shares.values())
  if (left <= 0) return shares
  const needs = (load: QueueLoad) => Math.min(load.max, load.ready + load.running) - shares.get(load.queue)!
  left = pour(loads, left, shares, needs, claimOf)
  const room = (load: QueueLoad) => load.max - shares.get(load.queue)!
  pour(loads, left, shares, room, ({ weight }) => weight)
  return shares
}

/**
 * What each queue may have from now on. Not all at once: a queue moves by at most an eighth of the slots, and a difference that is small (5 %)
 * is left alone, since what is measured jumps about. Only queues that change are in the answer; what one gains, another has given up.
 */
export function balance(loads: readonly QueueLoad[], slots: number): Map<string, number> {
  const wanted = wantedShares(loads, slots)
  const most = Math.max(1, Math.ceil(slots / 8))
  const little = slots < 20 ? 1 : Math.max(2, Math.floor(slots / 20))
  const changes = new Map<string, number>()
  let free = slots - sum(loads.map(({ share }) => share))
  const differences = loads.map((load) => ({ load, by: wanted.get(load.queue)! - load.share }))
  for (const { load, by } of differences) {
    const isSmall = -by < little && load.share <= load.max
    // Who has more than there is to have gives in any case.
    if (by >= 0 || (isSmall && free >= 0)) continue
    const given = Math.min(-by, Math.max(most, load.share - load.max, -free))
    changes.set(load.queue, load.share - given)
    free += given
  }
  for (const { load, by } of differences.toSorted((a, b) => b.by - a.by)) {
    const isSmall = by < little && load.share >= load.min
    const taken = Math.min(by, Math.max(most, load.min - load.share), free)
    if (by <= 0 || isSmall || taken <= 0) continue
    changes.set(load.queue, load.share + taken)
    free -= taken
  }
  return changes
}

/** Where it begins, before anything is known: by weight. */
export function firstShares(
  queues: readonly Pick<QueueLoad, 'queue' | 'min' | 'max' | 'weight'>[],
  slots: number,
): Map<string, number> {
  const unknown = { share: 0, ready: 0, running: 0, oldestReadyMs: 0, runMs: 0 }
  return wantedShares(
    queues.map((queue) => ({ ...queue, ...unknown })),
    slots,
  )
}

function claimOf({ ready, running, runMs, oldestReadyMs, weight }: QueueLoad): number {
  const waited = Math.min(oldestReadyMs, waitMsMax) / waitMsDoubling
  return weight * (ready + running) * Math.max(runMs, 1) * (1 + waited)
}

/** Shares `left` out in proportion to the claims, to each at most what it has room for; answers what is left over. */
function pour(
  loads: readonly QueueLoad[],
  left: number,
  shares: Map<string, number>,
  roomOf: (load: QueueLoad) => number,
  claim: (load: QueueLoad) => number,
): number {
  let open = loads.filter((load) => roomOf(load) > 0 && claim(load) > 0)
  while (left > 0 && open.length > 0) {
    const claims = open.reduce((all, load) => all + claim(load), 0)
    const before = left
    // The largest claim first: what is too little to be divided is his.
    for (const load of open.toSorted((a, b) => claim(b) - claim(a))) {
      const due = Math.max(1, Math.floor((before * claim(load)) / claims))
      const poured = Math.min(due, roomOf(load), left)
      shares.set(load.queue, shares.get(load.queue)! + poured)
      left -= poured
    }
    open = open.filter((load) => roomOf(load) > 0)
  }
  return left
}

function sum(numbers: Iterable<number>): number {
  let all = 0
  for (const number of numbers) all += number
  return all
}
