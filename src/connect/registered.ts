import type { Env } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'

/** What a driver is made with, whatever its store. */
export interface StoreOptions {
  /** Clock, timers, randomness and ids: the system's, or a test's. */
  env: Env
  /** How long a loan lives without renewal, in milliseconds. */
  leaseMs: number
}

/** Makes driver instances on one store: one for the client, one for each worker. */
export type Store = () => Driver

/** A driver as `registerDriver` takes it, and as a file for `fiber-work --driver FILE` exports it by default. */
export interface DriverRegistration {
  /** The URL schemes that it serves, with their colon: `['nats:', 'nats+tls:']`. */
  schemes: readonly string[]
  /**
   * Reads a URL and answers what makes the drivers on that store. Connects to nothing: `open()` does. Throws
   * `FW_CONFIG_INVALID` for what is wrong with the URL, and never shows its password.
   */
  store(url: string, options: StoreOptions): Store | Promise<Store>
}

/** Drivers from outside, by scheme, in this process. */
export const registered = new Map<string, DriverRegistration>()
