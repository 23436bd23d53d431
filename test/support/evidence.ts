import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Tell } from '../../drivers/conformance/index.ts'
import { evidenceFolder } from '../semantics/evidence.ts'

/** Writes down what came of each law, for docs/semantics.md. */
export function evidence(driver: string): Tell {
  const path = join(evidenceFolder(), `${driver}.jsonl`)
  mkdirSync(evidenceFolder(), { recursive: true })
  rmSync(path, { force: true })
  return (outcome) => appendFileSync(path, `${JSON.stringify(outcome)}\n`)
}
