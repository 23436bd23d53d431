import type { ReadStream, WriteStream } from 'node:tty'

export interface GuardOptions {
  input: ReadStream
  output: WriteStream
  /** Somebody wants the process to end: first politely, then now. */
  onSignal(): void
  /** The terminal is gone: nobody sees or types anything more. */
  onGone(): void
  /** The process ends, whatever the reason: the terminal must be restored in this very call. */
  onEnd(): void
}

/** Watches everything that ends the dashboard from outside. Answers how to stop watching. */
export function guard({ input, output, onSignal, onGone, onEnd }: GuardOptions): () => void {
  let gone = false
  const onLoss = () => {
    gone = true
    onGone()
  }
  const onThrow = () => {
    // With another listener the process lives on (a worker drains), and so does the screen; its exit restores the terminal.
    if (process.listenerCount('uncaughtException') === 0) onEnd()
  }
  const pairs: [
    { on(event: string, listener: () => void): unknown; removeListener(event: string, listener: () => void): unknown },
    string,
    () => void,
  ][] = [
    [process, 'SIGTERM', onSignal],
    [process, 'SIGINT', onSignal],
    [process, 'SIGHUP', onLoss],
    [process, 'exit', onEnd],
    [process, 'uncaughtExceptionMonitor', onThrow],
    [output, 'error', onLoss],
    [output, 'close', onLoss],
    [input, 'error', onLoss],
    [input, 'end', onLoss],
    [input, 'close', onLoss],
  ]
  for (const [emitter, event, listener] of pairs) emitter.on(event, listener)
  return () => {
    for (const [emitter, event, listener] of pairs) {
      // A terminal that has gone may report it again, in another way: an error or a SIGHUP that nobody listens for would end
      // the process in the middle of its drain.
      const mayComeAgain = event === 'error' || (gone && event === 'SIGHUP')
      if (!mayComeAgain) emitter.removeListener(event, listener)
    }
  }
}
