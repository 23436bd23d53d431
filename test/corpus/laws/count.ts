import { appendFileSync } from 'node:fs'

/** `FIBER_WORK_CORPUS_COUNTS=file`: how much of the corpus each door has seen, a line a test. */
export function count(what: string, runs: number): void {
  const file = process.env['FIBER_WORK_CORPUS_COUNTS']
  if (file !== undefined) appendFileSync(file, `${what} ${runs}\n`)
}
