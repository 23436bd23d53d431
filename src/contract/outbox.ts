import type { Added, StoredJob } from './job.ts'
import type { CarriedTransaction } from './transaction.ts'

/** How an outbox stands. */
export interface OutboxState {
  /** Which broker its jobs are for: the store's URL, without user and password. */
  target: string
  /** Jobs that wait for their broker. */
  waiting: number
  /** How long the oldest of them has waited; absent when none does. */
  oldestMs?: number
  /** Rows that no broker would take, or that cannot be read: left where they are, for somebody to look at. */
  aside: number
}

/** What it needs of its client: how jobs get to the broker. */
export interface OutboxWay {
  /** Resolves when the broker has them. */
  send: (jobs: StoredJob[]) => Promise<Added[]>
  /** Most jobs in one call. */
  batchMax: number
}

/**
 * A table in the user's database, in which jobs for a broker wait that cannot join a transaction there. They are written into it exactly
 * once, with the transaction, and come out of it at least once, under the same ids.
 */
export interface Outbox {
  /** From now on it hands on what waits in it. */
  start(way: OutboxWay): void
  /** Writes into it, in this transaction. Throws `FW_CONFIG_INVALID` in a transaction of another database, `FW_OUTBOX_FULL`. */
  put(transaction: CarriedTransaction, jobs: readonly StoredJob[]): Promise<void>
  state(): Promise<OutboxState>
  /** Hands on what it was woken for, if the broker takes it now; what is left waits for others. */
  close(): Promise<void>
}
