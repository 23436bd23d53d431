import type { Driver, Keeper } from '../../src/contract/index.ts'

/** What a driver author writes once: how the suite gets stores and drivers, and how time passes. */
export interface Harness {
  /** Shown in the names of the tests. */
  name: string
  /** A fresh, empty store that nobody else uses. */
  store(): Promise<HarnessStore>
  /** Laws that this driver does not keep, each with its reason, which the run prints. `law` is the law's whole name. */
  skip?: { law: string; reason: string }[]
  /** What "at once" may take when nothing is in the way, with some room for a busy machine. Default 250 ms. */
  promptMs?: number
}

/** One store of the harness. Everything of it that the suite opens it closes before `close()`. */
export interface HarnessStore {
  /**
   * One more driver on this store, not yet opened: another worker or client. `leaseMs` is the lease of its sessions;
   * the suite uses 30,000 where time plays no role and 100 where a session has to die.
   */
  driver(options: { leaseMs: number }): Driver
  /** A keeper of sessions with that lease, for a driver that has no `keeper` because no thread could reach its store. */
  keeper?(options: { leaseMs: number }): Promise<Keeper>
  /** Make `ms` pass on the store's clock and on the drivers'. A virtual clock moves; a real store sleeps. */
  advance(ms: number): Promise<void>
  /** The store's clock, milliseconds since 1970. A store on this machine answers the machine's. */
  nowMs(): number
  /** Remove the store. */
  close(): Promise<void>
}

/** What the suite needs of a test runner: node:test, vitest and mocha all have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: (context: unknown) => Promise<void>): unknown
}
