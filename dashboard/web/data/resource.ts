import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { link, listen } from './live.ts'
import { type CallOff, whenSeen } from './seen.ts'

export interface Loaded<Value> {
  /** Undefined until the first answer. It stays while newer ones fail. */
  value?: Value
  /** Of the newest attempt; undefined when it went well. */
  error?: Error
  /** When `value` was answered. */
  atMs?: number
}

export interface Resource<Value> {
  readonly state: ReadonlySignal<Loaded<Value>>
  /** Ask again now. Never throws: what went wrong stands in the state. */
  readonly refresh: () => Promise<void>
  /** The first answer, where it is on its way as well: who needs it does not ask for it anew. Rejects when it went wrong. */
  readonly first: () => Promise<Value>
}

interface Options {
  /** Ask again after so long when nothing says sooner that it has changed, while somebody sees the page. Absent: only when asked, or told by an event. */
  everyMs?: number
  /** Ask again after an event of these kinds, at most once a second. */
  on?: readonly string[]
}

const apartMs = 1_000
const backoffMsMax = 30_000

/**
 * What an API answers, kept fresh while the component is there. `key` says what it depends on: another key is another resource, whose answer
 * the old one cannot overtake.
 */
export function useResource<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  key: readonly unknown[],
  { everyMs, on }: Options = {},
): Resource<Value> {
  const text = JSON.stringify(key)
  const kinds = (on ?? []).join()
  const keeper = useMemo(() => new Keeper(load, everyMs), [text])
  useEffect(() => {
    keeper.start()
    const unlisten = kinds === '' ? undefined : listen(kinds.split(','), () => keeper.nudge())
    return () => {
      unlisten?.()
      keeper.stop()
    }
  }, [keeper, kinds])
  return keeper
}

class Keeper<Value> implements Resource<Value> {
  readonly state: Signal<Loaded<Value>> = signal({})
  readonly #load: (signal: AbortSignal) => Promise<Value>
  readonly #everyMs: number | undefined
  #controller: AbortController | undefined
  #callOff: CallOff | undefined
  #dueAtMs = Infinity
  #askedAtMs = 0
  #failures = 0
  #unwatch: (() => void) | undefined

  constructor(load: (signal: AbortSignal) => Promise<Value>, everyMs: number | undefined) {
    this.#load = load
    this.#everyMs = everyMs
  }

  start(): void {
    void this.refresh()
    // What happened while the stream was cut is not known: look.
    let before = link.peek().state
    this.#unwatch = link.subscribe(({ state }) => {
      if (state === 'live' && before === 'waiting') this.nudge()
      before = state
    })
  }

  stop(): void {
    this.#unwatch?.()
    this.#controller?.abort()
    this.#controller = undefined
    this.#callOff?.()
    this.#dueAtMs = Infinity
  }

  /** Soon, but not more often than once a second, however much happens. */
  nudge(): void {
    this.#plan(Math.max(0, this.#askedAtMs + apartMs - Date.now()))
  }

  readonly refresh = async (): Promise<void> => {
    this.#controller?.abort()
    const own = new AbortController()
    this.#controller = own
    this.#callOff?.()
    this.#dueAtMs = Infinity
    this.#askedAtMs = Date.now()
    try {
      const value = await this.#load(own.signal)
      if (own !== this.#controller) return
      this.#failures = 0
      this.state.value = { value, atMs: Date.now() }
    } catch (error) {
      if (own !== this.#controller) return
      this.#failures += 1
      this.state.value = { ...this.state.peek(), error: error instanceof Error ? error : new Error(String(error)) }
    }
    if (this.#everyMs !== undefined)
      this.#plan(Math.min(Math.max(backoffMsMax, this.#everyMs), this.#everyMs * 2 ** this.#failures))
  }

  readonly first = (): Promise<Value> => {
    const answer = Promise.withResolvers<Value>()
    const unwatch = this.state.subscribe(({ value, error }) => {
      if (value !== undefined) answer.resolve(value)
      else if (error !== undefined) answer.reject(error)
    })
    return answer.promise.finally(unwatch)
  }

  #plan(ms: number): void {
    const dueAtMs = Date.now() + ms
    if (this.#controller === undefined || dueAtMs >= this.#dueAtMs) return
    this.#callOff?.()
    this.#dueAtMs = dueAtMs
    this.#callOff = whenSeen(ms, () => void this.refresh())
  }
}
