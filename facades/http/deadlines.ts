import type { Env } from '../../src/base/env.ts'
import { outside } from '../../src/sandbox/storage.ts'

/** Something with a deadline; it is its own entry in the list, so that ten thousand of them need no timers of their own. */
export abstract class Deadlined {
  previous: Deadlined | undefined = undefined
  next: Deadlined | undefined = undefined
  list: List | undefined = undefined
  atMs = 0

  abstract expired(): void
}

interface List {
  first: Deadlined | undefined
  last: Deadlined | undefined
  readonly delayMs: number
}

/**
 * Deadlines by their length: all of one length end in the order in which they began, so a list and one timer each will do.
 * The timers do not keep the process alive; sockets do.
 */
export class Deadlines {
  readonly #env: Env
  readonly #lists = new Map<number, List>()

  constructor(env: Env) {
    this.#env = env
  }

  add(entry: Deadlined, delayMs: number): void {
    const list = this.#lists.get(delayMs) ?? this.#open(delayMs)
    entry.atMs = this.#env.monoMs() + delayMs
    entry.list = list
    entry.previous = list.last
    if (list.last === undefined) list.first = entry
    else list.last.next = entry
    list.last = entry
  }

  /** Nothing happens if it has none, or had its end. */
  remove(entry: Deadlined): void {
    const { list, previous, next } = entry
    if (list === undefined) return
    if (previous === undefined) list.first = next
    else previous.next = next
    if (next === undefined) list.last = previous
    else next.previous = previous
    entry.list = entry.previous = entry.next = undefined
  }

  #open(delayMs: number): List {
    const list: List = { first: undefined, last: undefined, delayMs }
    this.#lists.set(delayMs, list)
    this.#arm(list, delayMs)
    return list
  }

  #arm(list: List, inMs: number): void {
    outside(() => this.#env.setTimer(() => this.#fire(list), Math.max(1, Math.ceil(inMs)), 'idle'))
  }

  #fire(list: List): void {
    const nowMs = this.#env.monoMs()
    while (list.first !== undefined && list.first.atMs <= nowMs) {
      const entry = list.first
      this.remove(entry)
      entry.expired()
    }
    if (list.first === undefined) this.#lists.delete(list.delayMs)
    else this.#arm(list, list.first.atMs - nowMs)
  }
}
