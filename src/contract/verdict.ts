import type { Added, Due, StoredJob, TerminalState } from './job.ts'

declare const receiptBrand: unique symbol

/**
 * The proof of one loan: session + loan number + place, written by the driver and opaque to everybody else.
 * A loan number is never used twice, so that a late settle can be told from a valid one.
 */
export type Receipt = string & { readonly [receiptBrand]: true }

/** How many done jobs of a queue are kept and for how long. `count: 0` keeps none. */
export interface Keep {
  count: number
  ageMs: number
}

/** What of its settled jobs a queue keeps, state by state. A state that is not named is kept as the store keeps it by itself. */
export type QueueKeep = { [State in TerminalState]?: Keep }

/**
 * What becomes of a loaned job.
 *
 * - `done`: the record is kept as `keep` says (without it: dropped at once).
 * - `retry`: back to the queue, due when `due` says; the attempt stays counted.
 * - `release`: the same, but the attempt is given back.
 * - `dead`, `quarantined`, `cancelled`: kept with the reason until trimmed, removed or retried.
 *
 * `followUps` are enqueued in the same atomic step where the store can (`traits.followUps`). A stale settle enqueues none.
 */
export type Verdict = { followUps?: StoredJob[] } & (
  | { kind: 'done'; result?: string; keep?: Keep }
  | { kind: 'retry' | 'release'; due?: Due; error?: string }
  | { kind: 'dead' | 'quarantined' | 'cancelled'; reason: string }
)

export type VerdictKind = Verdict['kind']

/**
 * - `settled`: written.
 * - `stale`: the receipt was no longer valid; nothing changed.
 * - `unsure`: the broker does not say (AMQP acks); never a guess of the driver.
 */
export interface Settled {
  outcome: 'settled' | 'stale' | 'unsure'
  /** One answer for each follow-up, in order; absent when stale or when there were none. */
  followUps?: Added[]
}
