import type { Block } from '../contract/events.ts'
import type { KeeperSpec } from '../contract/keeper.ts'
import type { Receipt } from '../contract/verdict.ts'

/** What the thread is started with. */
export interface ThreadData {
  memory: SharedArrayBuffer
  keeper: KeeperSpec
  /** Where the main thread answers questions. */
  desk: string
  leaseMs: number
  /** A loop that is silent for longer is asked: the shortest budget of all handlers. */
  askMs: number
  /** What a handler without a budget of its own may take. */
  blockMsMax: number
  stallMsMax: number
  /** Past the longest stall the process ends with this code; undefined leaves it alone. */
  exitCode: number | undefined
}

export type ToThread =
  /** A session has begun: renew this one from now on. */
  { kind: 'keep'; session: string } | { kind: 'end' }

export type FromThread =
  /** This session's lease is kept: renewed for the first time, or for the first time after a failure. */
  | { kind: 'kept'; session: string }
  | { kind: 'revoked'; session: string }
  | { kind: 'failed'; text: string }
  | { kind: 'blocked' | 'recovered' | 'gaveUp'; block: Block; blockedMs: number }

/** What the guardian knows of a block, and what it needs to act on it. */
export interface Found {
  block: Block
  receipt?: Receipt
  /** How long it may last before it is worth a word. */
  budgetMs: number
}
