import { EventEmitter } from 'node:events'
import type { Handle } from '../../sandbox/storage.ts'
import { type Change, noChanges, type Part } from './part.ts'

type Listener = (...args: unknown[]) => void
/** What `once` adds: a wrapper around it. */
type Once = Listener & { listener?: Listener }
type Event = string | symbol

// As they were when we came: what is wrapped or replaced on `process` itself is not meant here.
const { on, rawListeners, removeListener, eventNames } = EventEmitter.prototype

/** Who listens on `process`. A job that listens while it runs, and stops before it ends, changes nothing. */
export class Listeners implements Part {
  #known = new Map<Event, readonly Listener[]>()
  /** Who added or removed it last, where the call was seen. */
  readonly #by = new WeakMap<Listener, Handle>()

  constructor() {
    for (const event of events()) this.#known.set(event, of(event))
  }

  /** A job adds or removes this one now. */
  touched(listener: unknown, by: Handle): void {
    if (typeof listener === 'function') this.#by.set(listener as Listener, by)
  }

  /** A job takes all of them off. */
  touchedAll(event: Event, by: Handle): void {
    for (const listener of of(event)) this.touched((listener as Once).listener ?? listener, by)
  }

  /** Somebody outside of all jobs has changed who listens to this. */
  accept(event: Event): void {
    const listeners = of(event)
    // What a job has added stays to be told.
    const foreign = listeners.filter((each) => this.#byOf(each) === undefined || this.#isKnown(event, each))
    this.#known.set(event, foreign)
  }

  changes(leaving: Handle | undefined): readonly Change[] {
    const seen = events()
    let found: Change[] | undefined
    for (const event of seen) {
      const now = of(event)
      const known = this.#known.get(event) ?? []
      if (!isSame(known, now)) (found ??= []).push(...this.#differences(event, known, now, leaving))
    }
    for (const [event, known] of this.#known) {
      if (known.length > 0 && !seen.includes(event))
        (found ??= []).push(...this.#differences(event, known, [], leaving))
    }
    return found ?? noChanges
  }

  #differences(
    event: Event,
    known: readonly Listener[],
    now: readonly Listener[],
    leaving: Handle | undefined,
  ): Change[] {
    const name = String(event).slice(0, 80)
    const stillMayTidyUp = (listener: Listener) => {
      const by = this.#byOf(listener)
      return by?.fiber !== undefined && by !== leaving
    }
    const added = now.filter((each) => !known.includes(each) && !stillMayTidyUp(each))
    const removed = known.filter((each) => !now.includes(each) && !stillMayTidyUp(each))
    return [
      ...added.map((listener) => ({
        text: `a listener for "${name}" was added to process`,
        by: this.#byOf(listener),
        undo: () => void removeListener.call(process, event, listener),
        accept: () => this.#known.set(event, [...(this.#known.get(event) ?? []), listener]),
      })),
      ...removed.map((listener) => ({
        text: `a listener for "${name}" was taken off process`,
        by: this.#byOf(listener),
        undo: () => void on.call(process, event, listener),
        accept: () =>
          this.#known.set(
            event,
            (this.#known.get(event) ?? []).filter((each) => each !== listener),
          ),
      })),
    ]
  }

  #byOf(listener: Listener): Handle | undefined {
    return this.#by.get((listener as Once).listener ?? listener)
  }

  #isKnown(event: Event, listener: Listener): boolean {
    return this.#known.get(event)?.includes(listener) === true
  }
}

function events(): Event[] {
  return eventNames.call(process as EventEmitter)
}

function of(event: Event): Listener[] {
  return rawListeners.call(process as EventEmitter, event) as Listener[]
}

function isSame(one: readonly Listener[], other: readonly Listener[]): boolean {
  return one.length === other.length && one.every((listener, at) => listener === other[at])
}
