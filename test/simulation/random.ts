/** A seeded source of randomness (sfc32): the same seed gives the same numbers on every Node. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(seed: number, stream: string) {
    let mixed = seed | 0
    for (let i = 0; i < stream.length; i++) mixed = Math.imul(mixed ^ stream.charCodeAt(i), 0x9e3779b1)
    this.#a = mixed ^ 0x6d2b79f5
    this.#b = Math.imul(seed + 1, 0x85ebca6b)
    this.#c = Math.imul(mixed, 0xc2b2ae35) ^ seed
    for (let i = 0; i < 12; i++) this.#next()
  }

  #next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return t >>> 0
  }

  /** 0 ≤ x < 1 */
  readonly fraction = (): number => this.#next() / 4_294_967_296

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1))
  }

  between(low: number, high: number): number {
    return low + this.fraction() * (high - low)
  }

  /** Small values often, big ones rarely: even over the orders of magnitude. */
  wide(low: number, high: number): number {
    return low * (high / low) ** this.fraction()
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.fraction() * items.length)]!
  }

  /** An id that sorts by creation, as a UUIDv7 does. */
  id(count: number): string {
    const hex = () => this.#next().toString(16).padStart(8, '0')
    return `${count.toString(16).padStart(8, '0')}-${hex()}-${hex()}`
  }
}
