import type { Judgement } from '../history/check.ts'

/** What came of a cell. */
export interface CellResult {
  judgement: Judgement
  /** What must have happened, or the cell has shown nothing: name and how often. */
  proof: Record<string, number>
  /** What must hold besides the history. */
  problems: string[]
}

/** One fault, done to real worker processes on a real store in the middle of many jobs. */
export interface Cell {
  name: string
  /** One line. */
  about: string
  run(jobs: number): Promise<CellResult>
}

/** Everything that is wrong with it: with the history, besides it, or that it has shown nothing. */
export function faultsOf({ judgement, proof, problems }: CellResult): string[] {
  const empty = Object.entries(proof).filter(([, count]) => count === 0)
  return [...judgement.problems, ...problems, ...empty.map(([name]) => `shows nothing: ${name} 0`)]
}

/** A problem unless it holds. */
export function expectThat(holds: boolean, otherwise: string): string[] {
  return holds ? [] : [otherwise]
}
