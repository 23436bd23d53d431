import type { Way } from '../styles.ts'

/** A client, open to be looked at, and the ways to call it. */
export interface Probe<Client> {
  /** Outside of any job. It may reject: nothing there to reach. */
  open: () => Client | Promise<Client>
  close: (client: Client) => unknown
  ways: readonly Way<Client>[]
}

/** A client that the doctor knows how to call. */
export interface KnownClient {
  /** As its package is called, or as Node calls it. */
  name: string
  /** Other names by which one may ask for it. */
  aliases: readonly string[]
  /** What must be installed; the first one tells the version. Nothing for what Node brings. */
  packages: readonly string[]
  /** Protocols of its URLs, and the variables that may hold one. Without them it needs no server. */
  schemes: readonly string[]
  variables: readonly string[]
  /** `modules` in the order of `packages`. */
  probe: (modules: readonly unknown[], url: string, deadlineMs: number) => Probe<unknown>
}

/** Fewer than the jobs that ask: the bleeding is at the hand-over. */
export const connectionsMax = 4

export function known<Client>(
  client: Omit<KnownClient, 'probe'> & {
    probe: (modules: readonly unknown[], url: string, deadlineMs: number) => Probe<Client>
  },
): KnownClient {
  return client as unknown as KnownClient
}
