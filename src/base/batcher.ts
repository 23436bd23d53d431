import { FiberWorkError } from '../contract/errors.ts'
import type { Env } from './env.ts'

type Done<Answer> = (answer: Answer | undefined, error: unknown) => void

/** Below, what a call costs by itself is more than what two of them gain. */
const halvedLeast = 32

/**
 * Batch below, single above: gathers what comes in during one turn of the event loop, and while earlier batches are under
 * way, into calls of at most `max` items. Under light load a batch is one item; under heavy load it fills by itself.
 */
export class Batcher<Item, Answer> {
  readonly #env: Env
  readonly #max: number
  readonly #parallel: number
  readonly #pendingMax: number
  readonly #soon: boolean
  readonly #alternating: boolean
  readonly #flush: (items: Item[]) => Promise<Answer[]>
  #items: Item[] = []
  #dones: (Done<Answer> | undefined)[] = []
  /** The batches under way. No `Set`: `src/engine/roster.ts` tells why. */
  readonly #sending: Item[][] = []
  #scheduled = false
  /** Lately more than one came in a turn: then nobody goes ahead of the others. */
  #crowded = false
  #whenIdle: (() => void)[] = []

  constructor(options: {
    env: Env
    /** Items a batch, at most. */
    max: number
    /** Batches under way at once. */
    parallel: number
    /**
     * With nothing under way, go as soon as all promises have been heard, instead of at the end of the turn: once a turn, so that of many who come one by one
     * (each request of a server) not each is a batch, and not while there are many.
     */
    soon?: boolean
    /** With nothing under way, more than a few items go in two halves: the store has one while we see to the other. */
    alternating?: boolean
    /** Items that wait, at most; one more is refused with `FW_QUEUE_FULL`. */
    pendingMax?: number
    flush: (items: Item[]) => Promise<Answer[]>
  }) {
    this.#env = options.env
    this.#max = options.max
    this.#parallel = options.parallel
    this.#pendingMax = options.pendingMax ?? Infinity
    this.#flush = options.flush
    this.#soon = options.soon ?? false
    this.#alternating = options.alternating ?? false
  }

  /** Items that wait or are under way. */
  get pending(): number {
    return this.#items.length + this.#sending.length
  }

  /** The items that wait or are under way, oldest first. */
  unanswered(): Item[] {
    return [...this.#sending.flat(), ...this.#items]
  }

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.push(item, (answer, error) => (error === undefined ? resolve(answer as Answer) : reject(error)))
    })
  }

  /** The same without a promise; `done` gets the answer, or the error of the batch. */
  push(item: Item, done?: Done<Answer>): void {
    if (this.#items.length >= this.#pendingMax) {
      done?.(
        undefined,
        new FiberWorkError('FW_QUEUE_FULL', `${this.#pendingMax} items wait to be written already; slow down.`),
      )
      return
    }
    this.#items.push(item)
    this.#dones.push(done)
    if (this.#scheduled || this.#sending.length >= this.#parallel) return
    this.#scheduled = true
    if (this.#soon && !this.#crowded && this.#sending.length === 0) this.#env.afterReactions(this.#goAhead)
    else this.#env.immediate(this.#endTurn)
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  readonly #goAhead = (): void => {
    this.#drain()
    this.#env.immediate(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#scheduled = false
    this.#crowded = this.#items.length > 1
    this.#drain()
  }

  #drain(): void {
    while (this.#items.length > 0 && this.#sending.length < this.#parallel) {
      const size = this.#nextSize()
      const whole = this.#items.length === size
      const items = whole ? this.#items : this.#items.splice(0, size)
      const dones = whole ? this.#dones : this.#dones.splice(0, size)
      if (whole) [this.#items, this.#dones] = [[], []]
      this.#sending.push(items)
      void this.#send(items, dones)
    }
  }

  #nextSize(): number {
    const waiting = this.#items.length
    const halved = this.#alternating && this.#sending.length === 0 && waiting >= halvedLeast
    return Math.min(this.#max, halved ? Math.ceil(waiting / 2) : waiting)
  }

  async #send(items: Item[], dones: (Done<Answer> | undefined)[]): Promise<void> {
    let answers: Answer[] | undefined
    let failure: unknown
    try {
      answers = await this.#flush(items)
    } catch (error) {
      failure = error ?? new FiberWorkError('FW_STORE_FAILED', 'The store failed without saying why.')
    }
    for (let i = 0; i < dones.length; i++) dones[i]?.(answers?.[i], failure)
    this.#sending.splice(this.#sending.indexOf(items), 1)
    this.#drain()
    if (this.pending === 0) for (const wake of this.#whenIdle.splice(0)) wake()
  }
}
