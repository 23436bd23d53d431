import type { Session } from 'node:inspector'
import { machineMs } from '../base/env.ts'

/** One evaluation on the main thread, on top of whatever it does: an inspector session opened for it, and closed after it. */
export class Question {
  /** When it was asked, by the machine's clock. */
  readonly askedAtMs = machineMs()
  readonly #session: Session
  #open = true

  /**
   * JavaScript answers within milliseconds; native code not before it has ended.
   * @throws ERR_ACCESS_DENIED under `--permission` without `--allow-inspector`, ERR_INSPECTOR_NOT_AVAILABLE
   */
  constructor(expression: string, onAnswer: (value: string | undefined, answeredMs: number) => void) {
    // Not imported: a Node that was built without an inspector still has leases to keep.
    const { Session } = process.getBuiltinModule('node:inspector')
    this.#session = new Session()
    this.#session.connectToMainThread()
    // Never the Debugger domain: it makes everything many times slower for as long as it is on.
    this.#session.post('Runtime.evaluate', { expression, returnByValue: true, silent: true }, (error, answer) => {
      if (!this.#open) return
      const answeredMs = machineMs() - this.askedAtMs
      this.close()
      const value: unknown = error === null ? answer.result.value : undefined
      onAnswer(typeof value === 'string' ? value : undefined, answeredMs)
    })
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#session.disconnect()
  }
}
