import type { Receipt } from './verdict.ts'

/**
 * How the guardian thread keeps a session alive on a connection of its own. The thread imports `module`, whose export
 * `makeKeeper` is a `MakeKeeper`, and hands it the settings.
 */
export interface KeeperSpec {
  /** URL of the module (`import.meta.resolve`). */
  module: string
  /** Whatever the module needs to reach the store; it can be cloned to a thread, and nobody shows it. */
  settings: unknown
}

export type MakeKeeper = (settings: unknown) => Promise<Keeper>

/** One store, seen from the guardian thread. Failures are `FiberWorkError`s, as a driver's. */
export interface Keeper {
  /** Renew the lease. `health` is a short JSON text about the main loop, shown to whoever lists sessions. */
  renew(session: string, health: string): Promise<'alive' | 'revoked'>
  /**
   * This session is about to die, and these loans are why: the sweep that follows counts a crash for them alone, if it still
   * holds any of them. A later renewal, of the keeper or of a beat, takes it back.
   */
  accuse(session: string, receipts: Receipt[]): Promise<void>
  close(): Promise<void>
}
