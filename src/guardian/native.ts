import { readFileSync } from 'node:fs'

/** Clock ticks a second of /proc: 100 on every Linux that Node runs on. */
const ticksPerS = 100

/** How busy the main thread was between two looks, and what it waits in; on Linux, where /proc may be read. */
export class NativeView {
  readonly #folder = `/proc/self/task/${process.pid}`
  #last: { ticks: number; atMs: number } | undefined

  /** The beginning of a stretch to be judged. */
  begin(nowMs: number): void {
    const ticks = this.#ticks()
    this.#last = ticks === undefined ? undefined : { ticks, atMs: nowMs }
  }

  /** `on the CPU (98 %)`, `waits in pipe_read`, `waits`; undefined where nobody tells. */
  tell(nowMs: number): string | undefined {
    const ticks = this.#ticks()
    if (ticks === undefined || this.#last === undefined || nowMs <= this.#last.atMs) return undefined
    const share = (ticks - this.#last.ticks) / ((nowMs - this.#last.atMs) / 1_000) / ticksPerS
    // On a busy machine it may wait for the CPU itself.
    if (share > 0.3 || (share > 0.05 && this.#fields()?.[0] === 'R'))
      return `on the CPU (${Math.min(100, Math.round(share * 100))} %)`
    const place = this.#read('wchan')
    return place === undefined || place === '' || place === '0' ? 'waits' : `waits in ${place}`
  }

  /** User and system time of the main thread. */
  #ticks(): number | undefined {
    const fields = this.#fields()
    return fields === undefined ? undefined : Number(fields[11]) + Number(fields[12])
  }

  /** Its state and what follows: the name before it may hold spaces and brackets. */
  #fields(): string[] | undefined {
    return this.#read('stat')
      ?.replace(/^.*\) /s, '')
      .split(' ')
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(`${this.#folder}/${name}`, 'utf8').trim()
    } catch {
      return undefined
    }
  }
}
