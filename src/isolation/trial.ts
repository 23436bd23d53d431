import { type Env, sleep } from '../base/env.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { collector } from './collect.ts'
import { listenersOf } from './gauge.ts'
import { type Point, type Slope, slopeOf } from './slope.ts'

/** Jobs whose sandboxes are looked after. */
const followedMax = 2_000
const warmUpParts = 6
/** After a stage: what ends a little later than its job has ended, and what was looked at is looked at no more. */
const restMs = 250

export interface TrialPlan {
  env: Env
  /** Runs so many jobs to their end. */
  run: (jobs: number) => Promise<void>
  /** Jobs before the first measurement: code is compiled, pools and caches fill. */
  warmUp: number
  /** Measurements after the first one, and the jobs before each; three at least. */
  stages: number
  stageJobs: number
  /** After each measurement. */
  measured?: (stage: number, bytes: number) => void
  signal?: AbortSignal
}

/** Something counted before and after. */
export interface Change {
  what: string
  before: number
  after: number
}

/** What jobs have left of themselves. */
export interface Trial {
  /** Heap and memory outside of it that belongs to it, after a collection each time. */
  heap: Slope
  points: Point[]
  sandboxes: { followed: number; kept: number }
  /** Timers, sockets and the like, by Node's names for them: those whose number has changed. */
  handles: Change[]
  listeners: Change
}

/** Runs jobs in stages and measures, after each, what the process holds. */
export class TrialRun {
  readonly #plan: TrialPlan
  readonly #collect = collector()
  #followed: WeakRef<Fiber>[] = []
  #seen = 0
  #every = 1

  constructor(plan: TrialPlan) {
    this.#plan = plan
  }

  /** A job has ended. Of all of them an even sample is looked after. */
  ended(fiber: Fiber): void {
    if (this.#seen++ % this.#every > 0) return
    this.#followed.push(new WeakRef(fiber))
    if (this.#followed.length < followedMax) return
    this.#followed = this.#followed.filter((_, at) => at % 2 === 0)
    this.#every *= 2
  }

  async measure(): Promise<Trial> {
    const { env, run, warmUp, stages, stageJobs, measured, signal } = this.#plan
    // V8 lets go of some of what the first jobs made only after several collections: that must not hide a growth later.
    for (let part = 0; part < warmUpParts; part++) {
      await run(Math.ceil(warmUp / warmUpParts))
      await this.#bytes()
    }
    const points: Point[] = [{ x: 0, y: await this.#bytes() }]
    const [handles, listeners] = [await standingHandles(env), listenersOf()]
    for (let stage = 1; stage <= stages; stage++) {
      signal?.throwIfAborted()
      await run(stageJobs)
      const bytes = await this.#bytes()
      points.push({ x: stage * stageJobs, y: bytes })
      measured?.(stage, bytes)
    }
    const kept = this.#followed.filter((ref) => ref.deref() !== undefined).length
    return {
      heap: slopeOf(points),
      points,
      sandboxes: { followed: this.#followed.length, kept },
      handles: changesOf(handles, await standingHandles(env)),
      listeners: { what: 'listeners on process', before: listeners, after: listenersOf() },
    }
  }

  async #bytes(): Promise<number> {
    const { env, signal } = this.#plan
    await sleep(env, restMs, signal)
    this.#collect()
    // Finalisers run in a turn of their own.
    await sleep(env, 1)
    this.#collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
}

/** Looks at handles several times: a timer that is there at one moment and not at the next is at work, and nothing that stays. */
const looks = 10
const lookMs = 15

/** Timers, sockets and the like that are there all the time, by Node's names for them. */
export async function standingHandles(env: Env): Promise<Map<string, number>> {
  let standing: Map<string, number> | undefined
  for (let look = 0; look < looks; look++) {
    const now = new Map<string, number>()
    for (const what of process.getActiveResourcesInfo()) now.set(what, (now.get(what) ?? 0) + 1)
    standing = standing === undefined ? now : lesserOf(standing, now)
    await sleep(env, lookMs)
  }
  return standing!
}

function lesserOf(a: Map<string, number>, b: Map<string, number>): Map<string, number> {
  return new Map([...a].map(([what, count]) => [what, Math.min(count, b.get(what) ?? 0)]))
}

export function changesOf(before: Map<string, number>, after: Map<string, number>): Change[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((what) => ({ what, before: before.get(what) ?? 0, after: after.get(what) ?? 0 }))
    .filter((change) => change.before !== change.after)
}
