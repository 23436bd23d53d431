import type { Env } from '../base/env.ts'

/** So many questions may be open between two processes; whoever asks more is not answered. */
const openMax = 256

/** Questions that are under way to another process, each with a deadline. */
export class Asks<Answer> {
  readonly #env: Env
  readonly #open = new Map<number, (answer: Answer | undefined) => void>()
  #asked = 0

  constructor(env: Env) {
    this.#env = env
  }

  /** `send` puts the question on its way. Undefined when no answer comes in time, or too many are open. */
  ask(deadlineMs: number, send: (ask: number) => void): Promise<Answer | undefined> {
    if (this.#open.size >= openMax) return Promise.resolve(undefined)
    const ask = ++this.#asked
    return new Promise((resolve) => {
      const end = (answer: Answer | undefined) => {
        this.#open.delete(ask)
        this.#env.clearTimer(timer)
        resolve(answer)
      }
      const timer = this.#env.setTimer(() => end(undefined), deadlineMs, 'idle')
      this.#open.set(ask, end)
      send(ask)
    })
  }

  answered(ask: number, answer: Answer): void {
    this.#open.get(ask)?.(answer)
  }

  /** The other process is gone: none of them is answered any more. */
  end(): void {
    for (const end of [...this.#open.values()]) end(undefined)
  }
}
