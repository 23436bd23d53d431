import type { Env } from '../base/env.ts'
import type { Gatekeeper } from './bottlenecks.ts'
import { Line, type Patience } from './line.ts'
import type { Steps } from './options.ts'

/** A call leaves a gate when it ends; what it paid there may be given back if it never began. */
export interface Gate {
  enter(patience: Patience): Promise<void>
  /** It has been through, and has ended or never begun. */
  leave(begun: boolean): void
  close(): Promise<void>
}

/** A share of what flows in at once: small enough that a process which asks for much is not passed over by those that ask for little. */
const shareOfStep = 4

/** Tokens, taken from bottleneck many at a time: as many as wait, so that a call that is alone takes one. */
export class TokenGate implements Gate {
  readonly #env: Env
  readonly #keeper: Gatekeeper
  readonly #most: number
  readonly #line = new Line()
  #leasing = false

  constructor(env: Env, keeper: Gatekeeper, { amount }: Steps) {
    this.#env = env
    this.#keeper = keeper
    this.#most = Math.max(1, Math.floor(amount / shareOfStep))
  }

  enter(patience: Patience): Promise<void> {
    const turn = this.#line.wait(patience)
    if (!this.#leasing) {
      this.#leasing = true
      // Whoever else asks in this turn of the loop shares the first lease.
      this.#env.afterReactions(() => void this.#lease())
    }
    return turn
  }

  leave(begun: boolean): void {
    if (!begun) this.#keeper.giveBack(1)
  }

  async close(): Promise<void> {
    await this.#keeper.close()
  }

  async #lease(): Promise<void> {
    try {
      while (this.#line.size > 0) {
        const count = Math.min(this.#line.size, this.#most)
        await this.#keeper.take(count, async () => {})
        const left = this.#line.serve(count)
        if (left > 0) this.#keeper.giveBack(left)
      }
    } catch (error) {
      this.#line.fail(error)
    } finally {
      this.#leasing = false
    }
  }
}

/** A slot goes from call to call inside this process for at most this long: then other processes may have it. */
const slotMsMax = 1_000

interface Slot {
  sinceMs: number
  free: () => void
}

/** So many at once. One slot, once granted, is one open call of bottleneck, and serves one call after the other. */
export class SlotGate implements Gate {
  readonly #env: Env
  readonly #keeper: Gatekeeper
  readonly #most: number
  readonly #callMsMax: number | undefined
  readonly #line = new Line()
  /** Those that calls are in; which one a call leaves does not matter. */
  readonly #slots: Slot[] = []
  #asked = 0

  constructor(env: Env, keeper: Gatekeeper, most: number, callMsMax: number | undefined) {
    this.#env = env
    this.#keeper = keeper
    this.#most = most
    this.#callMsMax = callMsMax
  }

  enter(patience: Patience): Promise<void> {
    const turn = this.#line.wait(patience)
    this.#ask()
    return turn
  }

  leave(): void {
    const slot = this.#slots.shift()
    if (slot === undefined) return
    if (this.#env.monoMs() - slot.sinceMs < slotMsMax && this.#line.serve(1) === 0) this.#slots.push(slot)
    else slot.free()
    this.#ask()
  }

  async close(): Promise<void> {
    await this.#keeper.close()
  }

  /** As many slots as calls wait for. */
  #ask(): void {
    while (this.#asked < Math.min(this.#line.size, this.#most - this.#slots.length)) {
      this.#asked++
      void this.#hold()
    }
  }

  async #hold(): Promise<void> {
    const granted = () => {
      this.#asked--
      return new Promise<void>((free) => {
        if (this.#line.serve(1) === 0) this.#slots.push({ sinceMs: this.#env.monoMs(), free })
        else free()
      })
    }
    try {
      await this.#keeper.take(1, granted, this.#callMsMax)
    } catch (error) {
      this.#asked--
      this.#line.fail(error)
    }
  }
}
