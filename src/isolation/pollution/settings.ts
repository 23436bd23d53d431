import type { Handle } from '../../sandbox/storage.ts'
import { type Change, noChanges, type Part } from './part.ts'

const chdir = process.chdir
const umask = process.umask

/** One value of the process. */
export class Setting<Value> implements Part {
  readonly #what: string
  readonly #read: () => Value
  readonly #write: (value: Value) => void
  #known: Value
  #by: Handle | undefined

  constructor(what: string, read: () => Value, write: (value: Value) => void) {
    this.#what = what
    this.#read = read
    this.#write = write
    this.#known = read()
  }

  /** Somebody has just set it: a job, or (`undefined`) whoever owns the process. */
  touched(by: Handle | undefined): void {
    this.#by = by
    if (by === undefined) this.#known = this.#read()
  }

  changes(): readonly Change[] {
    const now = this.#read()
    if (Object.is(now, this.#known)) return noChanges
    return [
      {
        text: `${this.#what} was changed`,
        by: this.#by,
        undo: () => this.#write(this.#known),
        accept: () => (this.#known = now),
      },
    ]
  }
}

export function workingDirectory(): Setting<string> {
  return new Setting('the working directory', currentDirectory, (folder) => chdir.call(process, folder))
}

/** A folder that was removed has no name any more. */
function currentDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return '(gone)'
  }
}

/** The code that the process ends with. */
export function exitCode(): Setting<typeof process.exitCode> {
  return new Setting(
    'process.exitCode',
    () => process.exitCode,
    (code) => (process.exitCode = code),
  )
}

/** While it is set, no uncaught exception reaches its job or the worker. */
export function exceptionCapture(): Setting<boolean> {
  return new Setting(
    'process.setUncaughtExceptionCaptureCallback',
    () => process.hasUncaughtExceptionCaptureCallback(),
    () => process.setUncaughtExceptionCaptureCallback(null),
  )
}

/**
 * The mask of new files. Asking for it sets it for a moment (to 0, for all threads), so it is never asked for: `process.umask` is
 * wrapped, and answers what it was when somebody sets it.
 */
export class FileMask implements Part {
  #known: number | undefined
  #now: number | undefined
  #by: Handle | undefined

  touched(before: number, now: number, by: Handle | undefined): void {
    this.#known = by === undefined ? now : (this.#known ?? before)
    this.#now = now
    this.#by = by
  }

  changes(): readonly Change[] {
    const known = this.#known
    const now = this.#now
    if (known === undefined || now === undefined || known === now) return noChanges
    return [
      {
        text: 'process.umask was changed',
        by: this.#by,
        undo: () => {
          umask.call(process, known)
          this.#now = known
        },
        accept: () => (this.#known = now),
      },
    ]
  }
}
