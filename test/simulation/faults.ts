import type { Random } from './random.ts'

/** How bad this seed's world is: rates per call, and how often larger things happen. 0 is never. */
export interface Profile {
  calm: boolean
  /** Of one call: the request is not delivered, its reply is lost, it is delivered twice, the store refuses it. */
  unsent: number
  replyLost: number
  duplicated: number
  refused: number
  /** How many of the lost ones stay silent instead of failing: a black hole, not a reset. */
  silent: number
  /** A call takes long, up to this many milliseconds. */
  delayed: number
  delayMsMax: number
  /** A whole store that is slow: every trip takes about this long. */
  tripMs: number
  /** Events in the bad half of the run. */
  stalls: number
  partitions: number
  kills: number
  pauses: number
  jumps: number
  deploys: number
  /** The loop of a worker stalls, for nobody's fault. */
  hangs: number
  /** The session of a worker that lives is taken back. */
  revocations: number
  /** Troubles at the worst moment: right when a call of a worker has been done. */
  aimed: number
}

const quiet: Profile = {
  calm: true,
  unsent: 0,
  replyLost: 0,
  duplicated: 0,
  refused: 0,
  silent: 0,
  delayed: 0,
  delayMsMax: 0,
  tripMs: 1,
  stalls: 0,
  partitions: 0,
  kills: 0,
  pauses: 0,
  jumps: 0,
  deploys: 0,
  hangs: 0,
  revocations: 0,
  aimed: 0,
}

/** A swarm: each seed draws some kinds of faults and how often, so that rare combinations come up as well. */
export function drawProfile(random: Random): Profile {
  const tripMs = random.wide(0.2, 4)
  const deploys = random.chance(0.3) ? random.int(1, 3) : 0
  const aimed = random.chance(0.4) ? random.int(1, 5) : 0
  const hangs = random.chance(0.4) ? random.int(1, 6) : 0
  if (random.chance(0.2)) return { ...quiet, tripMs, deploys, aimed, hangs, jumps: random.chance(0.3) ? 2 : 0 }
  const some = <T>(probability: number, value: T): T | 0 => (random.chance(probability) ? value : 0)
  return {
    calm: false,
    unsent: some(0.4, random.wide(0.005, 0.15)),
    replyLost: some(0.5, random.wide(0.005, 0.25)),
    duplicated: some(0.4, random.wide(0.01, 0.3)),
    refused: some(0.3, random.wide(0.01, 0.2)),
    silent: random.chance(0.4) ? random.fraction() : 0,
    delayed: some(0.4, random.wide(0.01, 0.2)),
    delayMsMax: random.wide(50, 20_000),
    tripMs: random.chance(0.1) ? random.wide(20, 800) : tripMs,
    stalls: some(0.25, random.int(1, 2)),
    partitions: some(0.25, random.int(1, 3)),
    kills: some(0.35, random.int(1, 6)),
    pauses: some(0.3, random.int(1, 4)),
    jumps: some(0.3, random.int(1, 4)),
    deploys,
    hangs,
    revocations: some(0.25, random.int(1, 4)),
    aimed,
  }
}

/** What becomes of one call on its way. Times of the two legs; `undefined` for a leg that gets lost. */
export interface Fate {
  requestMs: number | undefined
  replyMs: number | undefined
  /** A second copy of the request arrives then. */
  secondMs: number | undefined
  refused: boolean
  /** A lost call fails after this long, or never. */
  failsAfterMs: number | undefined
}

export function drawFate(profile: Profile, healed: boolean, random: Random): Fate {
  const tripMs = healed ? Math.min(profile.tripMs, 5) : profile.tripMs
  const leg = () => tripMs * random.between(0.5, 1.5)
  if (healed || profile.calm)
    return { requestMs: leg(), replyMs: leg(), secondMs: undefined, refused: false, failsAfterMs: 1 }
  const long = () => (random.chance(profile.delayed) ? random.wide(1, profile.delayMsMax) : 0)
  return {
    requestMs: random.chance(profile.unsent) ? undefined : leg() + long(),
    replyMs: random.chance(profile.replyLost) ? undefined : leg() + long(),
    secondMs: random.chance(profile.duplicated) ? leg() * random.wide(1, 200) + long() : undefined,
    refused: random.chance(profile.refused),
    failsAfterMs: random.chance(profile.silent) ? undefined : random.wide(1, 3_000),
  }
}
