import { connectionTo } from '../redis-common/calls.ts'
import { Lines } from '../redis-common/lines.ts'
import { factsOf, type ServerFacts } from '../redis-common/server.ts'
import type { Settings } from '../redis-common/settings.ts'
import { Bell, type Rang } from './bell.ts'
import { type RedisOptions, settingsOf } from './options.ts'
import type { Script } from './script.ts'

export type { ServerFacts } from '../redis-common/server.ts'

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

class RedisLink implements Link {
  readonly prefix: string
  readonly bell: string
  readonly #lines: Lines<Bell>

  constructor(settings: Settings) {
    const { env, prefix } = settings
    this.prefix = prefix
    this.bell = `bell:${env.id()}`
    const key = prefix + this.bell
    this.#lines = new Lines(settings, {
      facts: (calls) => factsOf(calls, prefix, [[tryToWait, key]]),
      ear: () => new Bell(env, connectionTo(settings, 'fiber-work:bell', bellWaitMs + 1_000), key, bellWaitMs),
    })
  }

  async open(): Promise<ServerFacts> {
    return this.#lines.open()
  }

  async run(script: Script, args: readonly (string | number)[]): Promise<unknown> {
    return this.#lines.calls.run(script, args)
  }

  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#lines.calls.command(name, ...args)
  }

  hear(session: string, rang: Rang): () => void {
    return this.#lines.ear.hear(session, rang)
  }

  async close(): Promise<void> {
    return this.#lines.close()
  }
}

/** Inside of a script it does not wait; outside Redis, at rest, would look only ten times a second whether the time is over. */
const tryToWait = `
local answer = redis.pcall('BLMPOP', 1, 1, KEYS[1], 'LEFT')
if type(answer) == 'table' and answer.err then return redis.error_reply('NOPERM BLMPOP is what the user may not: ' .. answer.err) end
return 1`
