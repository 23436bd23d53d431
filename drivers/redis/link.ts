import { FiberWorkError } from '../../src/contract/index.ts'
import { Bell, type Rang } from './bell.ts'
import { Calls, connectionTo } from './calls.ts'
import { type RedisOptions, type Settings, settingsOf } from './options.ts'
import type { Script } from './script.ts'
import { factsOf, type ServerFacts } from './server.ts'

export type { ServerFacts } from './server.ts'

/** How long a blocking read lasts: what an idle process sends, and how soon a dead connection is noticed (and a second more). */
const bellWaitMs = 2_500

/**
 * The way to one server, for all drivers of a process: two connections, one for calls and one that waits, whatever the number of
 * queues, clients and workers. They are made when they are needed, and made anew when they break; what was on its way then
 * fails, retryable.
 */
export interface Link {
  /** What all keys begin with. Holds the hash tag. */
  readonly prefix: string
  /** Key of this link's bell, after the prefix: a list of the sessions that somebody has something for. Who rings it lets it expire. */
  readonly bell: string
  /**
   * Connects, and says what the server is like; fails now rather than later. Once for each driver, and `close` as often: the
   * last one closes.
   * @throws FW_DRIVER_MISSING FW_CONNECT_FAILED FW_STORE_FAILED FW_CALL_TIMEOUT
   */
  open(): Promise<ServerFacts>
  /**
   * Runs a script with the prefix as its one key. A script may answer `redis.error_reply('FW_LEASE_REVOKED says why')`: it comes
   * as that error.
   */
  run(script: Script, args: readonly (string | number)[]): Promise<unknown>
  command(name: string, ...args: (string | number)[]): Promise<unknown>
  /**
   * Calls `rang` when the bell rings for the session, with what is handed over, and once whenever a ring may have been lost.
   * Answers what ends it.
   */
  hear(session: string, rang: Rang): () => void
  close(): Promise<void>
}

/** @throws FW_CONFIG_INVALID */
export function openLink(options: RedisOptions): Link {
  return linkTo(settingsOf(options))
}

export function linkTo(settings: Settings): Link {
  return new RedisLink(settings)
}

/** What exists while somebody has it open. */
interface Open {
  facts: Promise<ServerFacts>
  calls: Calls
  bell: Bell
}

class RedisLink implements Link {
  readonly prefix: string
  readonly bell: string
  readonly #settings: Settings
  #open: Open | undefined
  #holders = 0

  constructor(settings: Settings) {
    this.#settings = settings
    this.prefix = settings.prefix
    this.bell = `bell:${settings.env.id()}`
  }

  async open(): Promise<ServerFacts> {
    this.#holders++
    const open = (this.#open ??= this.#begin())
    try {
      return await open.facts
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async run(script: Script, args: readonly (string | number)[]): Promise<unknown> {
    return this.#opened().calls.run(script, args)
  }

  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#opened().calls.command(name, ...args)
  }

  hear(session: string, rang: Rang): () => void {
    return this.#opened().bell.hear(session, rang)
  }

  async close(): Promise<void> {
    if (this.#holders === 0 || --this.#holders > 0) return
    this.#open?.calls.close()
    this.#open?.bell.close()
    this.#open = undefined
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    throw new FiberWorkError('FW_DRIVER_CLOSED', `${this.#settings.target.address} is not open.`)
  }

  #begin(): Open {
    const key = this.prefix + this.bell
    const calls = new Calls(connectionTo(this.#settings, 'fiber-work'), this.#settings)
    const waiting = connectionTo(this.#settings, 'fiber-work:bell', bellWaitMs + 1_000)
    return {
      facts: factsOf(calls, this.prefix, key),
      calls,
      bell: new Bell(this.#settings.env, waiting, key, bellWaitMs),
    }
  }
}
