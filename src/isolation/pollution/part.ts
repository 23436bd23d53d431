import type { Handle } from '../../sandbox/storage.ts'

/** One thing that is not as it was when it was last looked at. */
export interface Change {
  /** Which thing, and what became of it: `process.env.DEBUG was added`. Never its value, which may be a secret. */
  text: string
  /** Whose call did it, where the call itself was seen. */
  by?: Handle | undefined
  /** Put it back. It may throw, or have no effect: look again. */
  undo: () => void
  /** Take it as it is from now on. */
  accept: () => void
}

/** Something that all jobs of the process share. */
export interface Part {
  /** What has changed since it was last accepted. `leaving` is the job that has just ended: what it has not tidied up by now stays. */
  changes: (leaving: Handle | undefined) => readonly Change[]
}

export const noChanges: readonly Change[] = []
