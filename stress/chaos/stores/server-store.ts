import type { FaultProxy } from '../../proxy/proxy.ts'
import type { ChaosStore } from '../store.ts'

/** What the cells of `cells/server/` do to a store that has a server, and ask of it: all in which such stores differ. */
export interface ServerStore extends ChaosStore {
  readonly proxy: FaultProxy
  /** The way through the proxy. */
  readonly proxyUrl: string
  /** How long it may take until work goes on after a fault: as long as its driver waits for a silent server, and a few seconds. */
  readonly backMsMax: number

  /** The server dies without a word. */
  crash(): Promise<void>
  /** It is there again, with what it has kept. */
  revive(): Promise<void>
  /** It lives, and says nothing. */
  pause(): void
  resume(): void
  /** Ends the connections of everybody else, as an administrator can; answers how many. */
  endConnections(): Promise<number>

  /** From now on it is as if a later release had written it. */
  writeLaterFormat(): Promise<void>
  /** How much there is of everything: another text when something was added. */
  census(): Promise<string>

  /** It calls something of ours; its reply comes when that is done for good. */
  isCall(request: Buffer): boolean
  /** How many verdicts were refused by this reply. */
  refusedBy(request: Buffer, reply: Buffer): number
}
