import { createHash } from 'node:crypto'

/** Everything that happened, as a digest; the newest lines are kept for whoever has to read what led to a failure. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #kept: string[] = []
  readonly #keep: number
  #waiting = ''
  #prefix = ''

  constructor(keep: number) {
    this.#keep = keep
  }

  /** The event that runs now; what follows belongs to it. */
  event(atMs: number, process: string, label: string): void {
    this.#prefix = `${atMs.toFixed(3)} `
    this.#feed(`${this.#prefix}${process} ${label}\n`)
  }

  /** Something worth reading. */
  readonly line = (text: string): void => {
    const line = this.#prefix + text
    this.#feed(`${line}\n`)
    if (this.#keep === 0) return
    this.#kept.push(line)
    if (this.#kept.length > 2 * this.#keep) this.#kept.splice(0, this.#kept.length - this.#keep)
  }

  get last(): string[] {
    return this.#kept.slice(-this.#keep)
  }

  digest(): string {
    this.#hash.update(this.#waiting)
    this.#waiting = ''
    return this.#hash.digest('hex')
  }

  #feed(text: string): void {
    this.#waiting += text
    if (this.#waiting.length < 65_536) return
    this.#hash.update(this.#waiting)
    this.#waiting = ''
  }
}
