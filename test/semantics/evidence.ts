import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { concerns } from '../../drivers/conformance/concerns.ts'
import type { Outcome } from '../../drivers/conformance/outcome.ts'
import type { Fault } from '../../stress/chaos/fault.ts'

const root = join(import.meta.dirname, '../..')

/** What the suites have shown of the drivers: the source of docs/semantics.md, kept beside it. */
export const evidencePath: string = join(root, 'docs/semantics.json')

/** What came of the laws that are not simply held; what is not listed is held. */
export type Laws = Record<string, { outcome: Outcome['outcome']; reason?: string }>

/** What one fault has shown, and in the middle of how many jobs; quick: with short leases, and fewer rounds. */
export interface SizedFault extends Fault {
  jobs: number
  quick: boolean
}

export interface Evidence {
  laws: Record<string, Laws>
  faults: Record<string, SizedFault[]>
}

/** Where the conformance tests of a run leave what came of each law. */
export function evidenceFolder(): string {
  return process.env['FIBER_WORK_EVIDENCE'] ?? join(root, 'node_modules/.cache/fiber-work/evidence')
}

export function readEvidence(): Evidence {
  if (!existsSync(evidencePath)) return { laws: {}, faults: {} }
  return JSON.parse(readFileSync(evidencePath, 'utf8')) as Evidence
}

/** What the last run of a driver's conformance tests has left; undefined where it did not run, or not to its end. */
export function lawsOfRun(driver: string): Laws | undefined {
  const path = join(evidenceFolder(), `${driver}.jsonl`)
  if (!existsSync(path)) return undefined
  const told = new Map<string, Outcome>()
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const outcome = JSON.parse(line) as Outcome
    told.set(outcome.law, outcome)
  }
  const laws = concerns.flatMap((concern) => concern.laws)
  if (laws.some(({ name }) => !told.has(name))) return undefined
  return Object.fromEntries(
    laws
      .map(({ name }) => told.get(name)!)
      .filter(({ outcome }) => outcome !== 'held')
      .map(({ law, outcome, reason }) => [law, { outcome, ...(reason !== undefined && { reason }) }]),
  )
}
