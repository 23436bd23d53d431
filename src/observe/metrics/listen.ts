import { on } from '../../base/emit.ts'
import type { EventName, Events } from '../../contract/events.ts'

/** Subscribes to the events of one worker, and to those of the process that name none. */
export class Ears {
  readonly #isMine: (worker: string) => boolean
  readonly #ends: (() => void)[] = []

  constructor(isMine: (worker: string) => boolean) {
    this.#isMine = isMine
  }

  /** An event that says which worker it is of. */
  mine<E extends { [Name in EventName]: Events[Name] extends { worker: string } ? Name : never }[EventName]>(
    event: E,
    listen: (payload: Events[E]) => void,
  ): void {
    this.any(event, (payload) => {
      if (this.#isMine((payload as { worker: string }).worker)) listen(payload)
    })
  }

  any<E extends EventName>(event: E, listen: (payload: Events[E]) => void): void {
    this.#ends.push(on(event, listen))
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end()
  }
}
