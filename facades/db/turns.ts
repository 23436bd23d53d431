import { FiberWorkError } from '../../src/contract/errors.ts'

const waitingMax = 10_000

/** One after the other, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #taken = false

  async do<T>(work: () => Promise<T>): Promise<T> {
    await this.enter()
    try {
      return await work()
    } finally {
      this.leave()
    }
  }

  async enter(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true
      return
    }
    if (this.#waiting.length >= waitingMax) {
      throw new FiberWorkError('FW_DB_BUSY', `${waitingMax} statements wait for their turn in one transaction already.`)
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken = false
    else next()
  }
}
