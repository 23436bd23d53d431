import { machineMs } from '../base/env.ts'

const slots = { beatAtUs: 0, renewedAtUs: 1, debugged: 2, renewals: 3 } as const

/** What both threads can look at while the other one is busy. Times are the machine's clock, in whole microseconds. */
export class Shared {
  readonly memory: SharedArrayBuffer
  readonly #slots: BigInt64Array

  constructor(memory = new SharedArrayBuffer(4 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#slots = new BigInt64Array(memory)
  }

  /** The event loop turns. */
  beat(): void {
    this.#setMs(slots.beatAtUs, machineMs())
  }
  get beatAtMs(): number {
    return this.#ms(slots.beatAtUs)
  }

  /** When the last renewal began that succeeded; 0 before there was one. */
  get renewedAtMs(): number {
    return this.#ms(slots.renewedAtUs)
  }
  set renewedAtMs(atMs: number) {
    this.#setMs(slots.renewedAtUs, atMs)
    Atomics.add(this.#slots, slots.renewals, 1n)
  }
  /** How many of them there were. */
  get renewals(): number {
    return Number(Atomics.load(this.#slots, slots.renewals))
  }

  /** An inspector is open: whoever sits there may have stopped the loop on purpose. */
  get debugged(): boolean {
    return Atomics.load(this.#slots, slots.debugged) === 1n
  }
  set debugged(value: boolean) {
    Atomics.store(this.#slots, slots.debugged, value ? 1n : 0n)
  }

  #ms(slot: number): number {
    return Number(Atomics.load(this.#slots, slot)) / 1_000
  }

  #setMs(slot: number, ms: number): void {
    Atomics.store(this.#slots, slot, BigInt(Math.floor(ms * 1_000)))
  }
}
