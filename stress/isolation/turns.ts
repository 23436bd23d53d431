const everyMs = 10
const { setInterval: every, clearInterval: stop } = globalThis
const { threadCpuUsage } = process

/**
 * The longest that this thread computed between two looks, in milliseconds of its CPU: what others make the machine do does not count,
 * and neither does what is done to the clocks.
 */
export class TurnMeter {
  readonly #timer: NodeJS.Timeout
  #before = cpuMs()
  #longestMs = 0

  constructor() {
    this.#timer = every(() => this.#look(), everyMs)
  }

  end(): number {
    stop(this.#timer)
    this.#look()
    return this.#longestMs
  }

  #look(): void {
    const now = cpuMs()
    if (now - this.#before > this.#longestMs) this.#longestMs = now - this.#before
    this.#before = now
  }
}

/** CPU time of this thread so far. */
export function cpuMs(): number {
  const { user, system } = threadCpuUsage.call(process)
  return (user + system) / 1_000
}
