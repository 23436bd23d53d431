import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** How one execution ended: `stopped` by its signal (shutdown, revoked), so that it may run again. */
export type Ending = 'returned' | 'threw' | 'stopped'

/**
 * What happened, in the order of writing. `atMs` is the monotonic clock of the machine, the same in all its processes. `run` names
 * one execution: it is what the handler returns, so that the store's record tells whose result it holds.
 */
export type Event = { atMs: number; pid: number } & (
  | { kind: 'start'; id: string; run: string; attempt: number; crashes: number }
  | { kind: 'end'; run: string; how: Ending }
  /** The process was killed, told to end, stopped for a while, or let go again. */
  | { kind: 'kill' | 'term' | 'pause' | 'resume' }
  /** A settle came too late, and the store said so. */
  | { kind: 'stale'; id: string }
  /** The worker was told that its session had been taken back. */
  | { kind: 'revoked' }
  /** The worker is there, and takes jobs. */
  | { kind: 'began' }
  /** It took back so many jobs of dead sessions. */
  | { kind: 'swept'; taken: number }
  /** The store held so many jobs for it that it did not know of. */
  | { kind: 'reconciled'; released: number }
  /** Its guardian reported a blocked event loop. */
  | { kind: 'blocked'; sure: string; id?: string }
  /** It was given a job that it does not know. */
  | { kind: 'unknown'; id: string }
  /** A call failed and is repeated, or given up; the code of the error tells why. */
  | { kind: 'failed'; verb: string; code: string; givenUp: boolean }
  /** A call that had failed was answered when it was repeated. */
  | { kind: 'recovered'; verb: string }
  /** Its wall clock jumped. */
  | { kind: 'jumped'; toMs: number }
)

/** Milliseconds of the machine's monotonic clock: comparable between processes. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** An append-only file that several processes write: what is written here is there, whatever kills the writer next. */
export class Recorder implements Disposable {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(event: Event): void {
    // One short write in append mode: lines of several processes do not mix.
    writeSync(this.#file, `${JSON.stringify(event)}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/** All events so far, by time. */
export function readEvents(path: string): Event[] {
  const text = readFileSync(path, 'utf8')
  // A line without its end is being written this very moment.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
    .sort((a, b) => a.atMs - b.atMs)
}
