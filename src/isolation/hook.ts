import { type AsyncHook, createHook } from 'node:async_hooks'
import { type Handle, storage } from '../sandbox/storage.ts'
import type { Caller } from './made.ts'
import { followedKind, type Kind } from './things.ts'

/** `above` is the function below which the maker stands on the stack. */
export type OnMade = (handle: Handle, kind: Kind, thing: object, above: Caller) => void

/** Sees what is made inside of jobs, while it is on. */
export class MadeHook {
  readonly #hook: AsyncHook
  #on = false
  /** Calls since the start, of whatever kind: each costs something. */
  calls = 0

  /** `onMade` runs while the thing is being made: whatever it throws is swallowed, or it would end the process. */
  constructor(onMade: OnMade) {
    const init = (_id: number, type: string, _trigger: number, thing: object): void => {
      this.calls++
      const kind = followedKind(type)
      if (kind === undefined) return
      const handle = storage.getStore()
      if (handle === undefined) return
      try {
        onMade(handle, kind, thing, init)
      } catch {
        // Not followed then.
      }
    }
    // Promises are what there is most of, and nothing that is left behind.
    this.#hook = createHook({ init, trackPromises: false })
  }

  get on(): boolean {
    return this.#on
  }

  enable(): void {
    if (!this.#on) this.#hook.enable()
    this.#on = true
  }

  disable(): void {
    if (this.#on) this.#hook.disable()
    this.#on = false
  }
}
