import type { ReadStream, WriteStream } from 'node:tty'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { systemEnv, type Env } from '../../src/base/env.ts'
import type { DashboardSource } from '../model/source.ts'
import { Session } from './session.ts'

export interface TerminalDashboardOptions {
  source: DashboardSource
  /**
   * Ends the worker. `drain` lets what runs finish and may be asked more than once; `now` gives unfinished jobs back at once.
   * The dashboard stays open, showing the drain, until the promise settles. Absent for what is seen from afar: to quit is to close then.
   */
  quit?: (how: 'drain' | 'now') => Promise<void>
  /** `process.stdin` by default. */
  input?: ReadStream
  /** `process.stdout` by default; must be a terminal. */
  output?: WriteStream
  env?: Env
  /** What is seen first: the home screen by default, or the jobs that may be enqueued. */
  begins?: 'home' | 'offer'
  /** How often the source is asked and the screen drawn: 250 … 5,000, 500 by default. */
  refreshMs?: number
}

export interface TerminalDashboard {
  /** Resolves when the terminal has been given back. Never rejects. */
  readonly closed: Promise<void>
  /** Gives the terminal back at once, without quitting the worker. Idempotent. */
  close(): void
  /** Says something for a few seconds. */
  message(text: string): void
}

/** Takes the terminal and shows the worker on it until somebody quits, the terminal goes away, or `close` is called. */
export function openTerminalDashboard(options: TerminalDashboardOptions): TerminalDashboard {
  const input = options.input ?? process.stdin
  const output = options.output ?? process.stdout
  if (!output.isTTY) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      'The dashboard needs a terminal on its output; run without --dashboard, or use `fiber-work stats`.',
    )
  }
  const refreshMs = Math.min(Math.max(options.refreshMs ?? 500, 250), 5_000)
  const session = new Session({
    source: options.source,
    quit: options.quit,
    input,
    output,
    env: options.env ?? systemEnv,
    refreshMs,
    begins: options.begins ?? 'home',
  })
  return {
    closed: session.closed,
    close: () => session.close(),
    message: (text) => session.say(text, 'text'),
  }
}
