import type { Env } from '../../src/base/env.ts'
import { eventLine, loggedEvents, type EventLine } from '../model/event-line.ts'
import type { DashboardSource } from '../model/source.ts'

const linesMax = 1_000

export interface TailOptions {
  source: DashboardSource
  env: Env
  onChange(): void
}

/** What happens, kept while somebody looks at the log. Whoever does not look costs the workers nothing. */
export class Tail {
  readonly #options: TailOptions
  #ended: AbortController | undefined
  /** Newest first. */
  lines: readonly EventLine[] = []
  /** So many more happened than a log can show. */
  dropped = 0
  /** Why nothing can be heard. */
  error: unknown

  constructor(options: TailOptions) {
    this.#options = options
  }

  get isOn(): boolean {
    return this.#ended !== undefined
  }

  /** Listens, or stops listening. */
  listen(on: boolean): void {
    if (on === this.isOn) return
    if (!on) {
      this.#ended?.abort()
      this.#ended = undefined
      return
    }
    const ended = new AbortController()
    this.#ended = ended
    this.error = undefined
    void this.#hear(ended.signal).catch((error: unknown) => {
      if (ended.signal.aborted) return
      this.error = error
      this.#options.onChange()
    })
  }

  async #hear(signal: AbortSignal): Promise<void> {
    const { source, onChange } = this.#options
    const onReconnect = () =>
      this.#add({ event: 'cut', level: 'watch', text: 'the connection was cut: what happened meanwhile is not here' })
    for await (const event of source.events({ event: loggedEvents, signal, onReconnect })) {
      if (event.event === 'events.dropped') this.dropped += Number(event.data['count'])
      const line = eventLine(event)
      if (line === undefined) continue
      this.lines = [line, ...this.lines.slice(0, linesMax - 1)]
      onChange()
    }
  }

  #add(line: Omit<EventLine, 'atMs'>): void {
    this.lines = [{ ...line, atMs: this.#options.env.nowMs() }, ...this.lines.slice(0, linesMax - 1)]
    this.#options.onChange()
  }
}
