import { FiberWorkError } from '../../src/contract/index.ts'
import { Calls, connectionTo } from './calls.ts'
import type { ServerFacts } from './server.ts'
import type { Settings } from './settings.ts'

/** What waits for us on a connection of its own. */
export interface Ear {
  close(): void
}

/** How the two lines of a driver begin. */
export interface Beginning<E extends Ear> {
  facts(calls: Calls): Promise<ServerFacts>
  ear(): E
}

/** What exists while somebody has it open. */
interface Open<E extends Ear> {
  facts: Promise<ServerFacts>
  calls: Calls
  ear: E
}

/**
 * The two connections to one server, for all drivers of a process: one for calls and one that waits. They are made when they are
 * needed; whoever opens them closes them, and the last one closes indeed.
 */
export class Lines<E extends Ear> {
  readonly #settings: Settings
  readonly #beginning: Beginning<E>
  #open: Open<E> | undefined
  #holders = 0

  constructor(settings: Settings, beginning: Beginning<E>) {
    this.#settings = settings
    this.#beginning = beginning
  }

  /**
   * Connects, and says what the server is like; fails now rather than later. Once for each driver.
   * @throws FW_DRIVER_MISSING FW_CONNECT_FAILED FW_STORE_FAILED FW_CALL_TIMEOUT
   */
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

  /** @throws FW_DRIVER_CLOSED */
  get calls(): Calls {
    return this.#opened().calls
  }

  /** @throws FW_DRIVER_CLOSED */
  get ear(): E {
    return this.#opened().ear
  }

  async close(): Promise<void> {
    if (this.#holders === 0 || --this.#holders > 0) return
    this.#open?.calls.close()
    this.#open?.ear.close()
    this.#open = undefined
  }

  #opened(): Open<E> {
    if (this.#open !== undefined) return this.#open
    throw new FiberWorkError('FW_DRIVER_CLOSED', `${this.#settings.target.address} is not open.`)
  }

  #begin(): Open<E> {
    const calls = new Calls(connectionTo(this.#settings, 'fiber-work'), this.#settings)
    return { facts: this.#beginning.facts(calls), calls, ear: this.#beginning.ear() }
  }
}
