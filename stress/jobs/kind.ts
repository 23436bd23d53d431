import * as z from 'zod'
import type { AnyHandler } from '../../src/job/definition.ts'
import type { Need } from '../measure/numbers.ts'

const input = z.object({
  /** Its number in the run, from 0. */
  n: z.int(),
  /** What it does, of the things that its kind can do. */
  variant: z.string(),
  /** How long that takes. */
  ms: z.number(),
  url: z.string(),
})
export type Input = z.infer<typeof input>

/** How a job has to end, and how often its handler has to run until then: no more and no less. */
export interface Expectation {
  state: 'done' | 'dead'
  executions: number
}

/** One job of a run. */
export interface Plan {
  kind: string
  /** The definition that runs it. */
  job: string
  input: Input
  expect: Expectation
  need: Need
  /** How long a successful attempt takes, where the handler only waits. */
  plannedMs?: number
}

/** What the handlers of a run share. */
export interface World {
  queue: string
  /** How many done records are to be kept. */
  keepMax: number
  /** The handler of this job has been entered once more. */
  began(n: number): void
  /** Something happened that isolation should have prevented. */
  broken(n: number, what: string): void
}

/** What a plan may draw from: the same seed gives the same run. */
export interface Dice {
  /** 0 ≤ n < 1 */
  random(): number
  /** Of the slow service. */
  latencyMs: number
  origin(): string
}

/** One sort of behaviour, good or bad. */
export interface Kind {
  handlers(world: World): AnyHandler[]
  plan(n: number, dice: Dice): Omit<Plan, 'kind'>
}

/** The pause before each retry of a stress job. */
export const retryMs = 100

/** What all definitions of a run have in common. */
export function common(world: World) {
  return {
    input,
    queue: world.queue,
    attempts: 2,
    backoff: { kind: 'fixed', baseMs: retryMs, jitter: 'none' } as const,
    keep: { count: world.keepMax, ageMs: 86_400_000 },
  }
}

/** One of the variants, each as likely as its weight. */
export function pick<V extends string>(dice: Dice, weights: Record<V, number>): V {
  const entries = Object.entries<number>(weights) as [V, number][]
  let left = dice.random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [variant, weight] of entries) if ((left -= weight) < 0) return variant
  return entries.at(-1)![0]
}

/** Nothing but waiting. */
export function waiting(ms: number): Need {
  return { chainMs: ms, slotMs: ms, loopMs: 0 }
}
