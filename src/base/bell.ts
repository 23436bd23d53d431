/** Lets loops wait for "something has changed": a wake-up that nobody waits for is remembered for the next wait. */
export class Bell {
  #rung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring, or at once if it rang since the last wait. One waiter at a time. */
  wait(): Promise<void> {
    if (this.#rung) {
      this.#rung = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#rung = false
        this.#wake = undefined
        resolve()
      }
    })
  }
}
