import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What a worker process writes down, in the order of writing. `life` counts the processes of a cell from 1. */
export type Line = { life: number } &
  /** A hostile act was done, beside so many innocents. */
  (
    | { kind: 'act'; id: string; proof: string; beside: number }
    /** A hostile job has been started beside so many innocents. */
    | { kind: 'crowd'; id: string; beside: number }
    /** An innocent found something that is not as it left it. */
    | { kind: 'seen'; id: string; what: string; expected: string; seen: string }
    /** An innocent's attempt has come to its end. */
    | { kind: 'ran'; id: string; ms: number }
    /** An event named a job. */
    | { kind: 'named'; id: string; by: string; detail?: string }
    /** A stray error that nobody owns. */
    | { kind: 'stray'; origin: string }
    /** The longest stretch that the event loop's thread computed without a turn. */
    | { kind: 'turn'; cpuMs: number }
    /** What was wrong when all was over. */
    | { kind: 'afterwards'; problem: string }
  )
type Unstamped<L> = L extends unknown ? Omit<L, 'life'> : never

// What hostile jobs may replace is taken before they run.
const { stringify } = JSON

/** An append-only file: what is written here is there, whatever becomes of the writer. */
export class Trace implements Disposable {
  readonly #file: number
  readonly #life: number

  constructor(path: string, life: number) {
    this.#file = openSync(path, 'a')
    this.#life = life
  }

  write(line: Unstamped<Line>): void {
    writeSync(this.#file, `${stringify({ life: this.#life, ...line })}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

export function readTrace(path: string): Line[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line)
}
