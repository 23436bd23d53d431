import type { Judgement } from '../history/check.ts'
import { percentilesOf } from '../measure/numbers.ts'
import type { ChaosStore, OpenStore } from './store.ts'

/** How much is done to a store. */
export interface Size {
  jobs: number
  /** Short leases and faults, for a quick look; the full time otherwise. */
  quick: boolean
}

/** The same, and to which sort. */
export interface Stage<Store extends ChaosStore = ChaosStore> extends Size {
  open: OpenStore<Store>
}

/** What came of a cell. */
export interface CellResult {
  judgement: Judgement
  /** What must have happened, or the cell has shown nothing: name and how often, and how often at least (1). */
  proof: Record<string, number | { count: number; least: number }>
  /** What must hold besides the history. */
  problems: string[]
  /** How long it took to get over the fault: jobs were back, or consumption was. And how long it may. */
  recovery?: { ms: number[]; mostMs?: number }
}

/** One fault, done to real worker processes on a real store of a sort in the middle of many jobs. */
export interface Cell<Store extends ChaosStore = ChaosStore> {
  name: string
  /** One line. */
  about: string
  run: (stage: Stage<Store>) => Promise<CellResult>
}

/** Everything that is wrong with it: with the history, besides it, or that it has shown nothing. */
export function faultsOf({ judgement, proof, problems, recovery }: CellResult): string[] {
  const recoveryMs = p99Of(recovery?.ms ?? []) ?? 0
  const mostMs = recovery?.mostMs ?? Infinity
  const empty = proofsOf(proof).filter(({ count, least }) => count < least)
  return [
    ...judgement.problems,
    ...problems,
    ...expectThat(recoveryMs < Infinity, 'work never went on again'),
    ...expectThat(recoveryMs <= mostMs, `it took ${Math.round(recoveryMs)} ms to get over it, and may take ${mostMs}`),
    ...empty.map(({ name, count, least }) => `shows nothing: ${name} ${count}, and it takes ${least}`),
  ]
}

/** Undefined where there is nothing. */
export function p99Of(ms: readonly number[]): number | undefined {
  return ms.length === 0 ? undefined : percentilesOf(Float64Array.from(ms)).p99
}

export function proofsOf(proof: CellResult['proof']): { name: string; count: number; least: number }[] {
  return Object.entries(proof).map(([name, count]) =>
    typeof count === 'number' ? { name, count, least: 1 } : { name, ...count },
  )
}

/** A problem unless it holds. */
export function expectThat(holds: boolean, otherwise: string): string[] {
  return holds ? [] : [otherwise]
}
