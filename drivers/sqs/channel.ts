import { BroadcastChannel } from 'node:worker_threads'
import { type Held, heldOf } from './loans.ts'

/** What the worker's thread and the guardian's say to each other. */
type Word =
  | { say: 'hello' | 'bye' }
  | { say: 'all'; held: Held[] }
  | { say: 'news'; held: Held[]; gone: number[] }
  | { say: 'lost'; numbers: number[] }
  | { say: 'hidden'; until: [number, number][] }

interface Heard {
  all: () => Held[]
  lost: (numbers: number[]) => void
  hidden: (until: [number, number][]) => void
}

/** What is gone is told with the next news; to extend it meanwhile does no harm, but who holds nothing new says so too. */
const goneMax = 500

/** The worker's end: it tells what it holds, from the moment on that a keeper listens. */
export class WorkerEnd {
  readonly #channel: BroadcastChannel
  #heard = false
  #gone: number[] = []
  #news: Held[] = []

  constructor(name: string, { all, lost, hidden }: Heard) {
    this.#channel = open(name, (word) => {
      if (word.say === 'lost') lost(word.numbers)
      else if (word.say === 'hidden') hidden(word.until)
      else if (word.say === 'hello') this.#greet(all())
      else if (word.say === 'bye') this.#heard = false
    })
  }

  /** Told when they are handed over, or in the next turn of the loop. */
  held(held: readonly Held[]): void {
    if (!this.#heard || held.length === 0) return
    if (this.#news.length === 0) setImmediate(() => this.tellHeld())
    this.#news.push(...held)
  }

  /** At once: the next thing that happens may be that the loop stands still. */
  tellHeld(): void {
    if (this.#news.length === 0) return
    this.#say({ say: 'news', held: this.#news.map(heldOf), gone: this.#gone.splice(0) })
    this.#news = []
  }

  gone(numbers: number[]): void {
    if (!this.#heard) return
    this.#gone.push(...numbers)
    if (this.#gone.length > goneMax) this.tellGone()
  }

  /** Nothing may come for a while. */
  tellGone(): void {
    if (this.#gone.length > 0) this.#say({ say: 'news', held: [], gone: this.#gone.splice(0) })
  }

  close(): void {
    this.#channel.close()
  }

  #greet(held: Held[]): void {
    this.#heard = true
    this.#gone = []
    this.#news = []
    this.#say({ say: 'all', held })
  }

  #say(word: Word): void {
    this.#channel.postMessage(word)
  }
}

/** The guardian's end: what it was told, also while the worker's loop stands still. */
export class KeeperEnd {
  readonly held = new Map<number, Held>()
  readonly #channel: BroadcastChannel

  constructor(name: string) {
    this.#channel = open(name, (word) => {
      if (word.say !== 'all' && word.say !== 'news') return
      if (word.say === 'all') this.held.clear()
      for (const one of word.held) this.held.set(one.number, one)
      if (word.say === 'news') for (const number of word.gone) this.held.delete(number)
    })
    this.#say({ say: 'hello' })
  }

  lost(numbers: number[]): void {
    for (const number of numbers) this.held.delete(number)
    this.#say({ say: 'lost', numbers })
  }

  hidden(until: [number, number][]): void {
    this.#say({ say: 'hidden', until })
  }

  close(): void {
    this.#say({ say: 'bye' })
    this.#channel.close()
  }

  #say(word: Word): void {
    this.#channel.postMessage(word)
  }
}

/** It keeps no process alive. */
function open(name: string, hear: (word: Word) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name)
  channel.onmessage = (event) => hear((event as { data: Word }).data)
  channel.unref()
  return channel
}
