import { exitCodes } from './exit-codes.ts'
import type { Output } from './output.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What a person in a hurry has asked for: the first time to end, the second time to end at once. */
export class Interrupts implements Disposable {
  readonly #stop = new AbortController()
  readonly #hurry = new AbortController()
  readonly #output: Output
  #listening = true

  /** Listens to the signals; a third one exits. */
  constructor(output: Output) {
    this.#output = output
    for (const signal of signals) process.on(signal, this.#onSignal)
  }

  get stop(): AbortSignal {
    return this.#stop.signal
  }
  get hurry(): AbortSignal {
    return this.#hurry.signal
  }

  /** `drain`: what runs may end. `now`: it is given back at once. */
  ask(how: 'drain' | 'now'): void {
    this.#stop.abort()
    if (how === 'now') this.#hurry.abort()
  }

  /** Somebody else listens to the signals from now on, and asks. */
  [Symbol.dispose](): void {
    this.#listening = false
    for (const signal of signals) process.off(signal, this.#onSignal)
  }

  readonly #onSignal = (): void => {
    if (!this.#listening) return
    if (this.hurry.aborted) process.exit(exitCodes.interrupted.code)
    const again = this.stop.aborted
    if (!again) {
      // Over the progress bar, and over the ^C that the terminal has echoed.
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
      this.#output.note('stopping: what runs may end, nothing new is started; once more ends it at once')
    }
    this.ask(again ? 'now' : 'drain')
  }
}
