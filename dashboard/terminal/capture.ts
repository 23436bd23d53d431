import type { WriteStream } from 'node:tty'

/** What was written to the terminal meanwhile by others, held back so that it does not tear the screen. */
export interface Capture {
  /** How many lines so far. */
  readonly lines: number
  /** Writes to the real stream, past the capture. */
  write(text: string): boolean
  /** Give the streams back, and write out what was held. */
  release(): void
}

/** The newest ones are kept; older ones are counted. */
const keptBytesMax = 64 * 1_024

/**
 * Hold back what handlers and libraries write to stdout and stderr while the screen is ours: one `console.log` in a job would tear it.
 * What goes to a file or a pipe is left alone.
 */
export function captureOutput(output: WriteStream): Capture {
  const real = output.write.bind(output) as (text: string) => boolean
  const streams = [process.stdout, process.stderr].filter(
    (stream) => stream === output || (output === process.stdout && stream.isTTY),
  )
  const held: string[] = []
  let heldBytes = 0
  let dropped = 0
  let lines = 0
  const hold = (chunk: string | Uint8Array) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    lines += text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
    held.push(text)
    heldBytes += text.length
    while (heldBytes > keptBytesMax && held.length > 1) {
      heldBytes -= held.shift()?.length ?? 0
      dropped += 1
    }
  }
  const restores = streams.map((stream) => {
    const original = stream.write
    stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
      hold(chunk)
      const callback = typeof encoding === 'function' ? encoding : done
      if (typeof callback === 'function') process.nextTick(callback)
      return true
    }) as typeof stream.write
    return () => {
      stream.write = original
    }
  })
  let released = false
  return {
    get lines() {
      return lines
    },
    write: real,
    release() {
      if (released) return
      released = true
      for (const restore of restores) restore()
      if (dropped > 0) real(`… ${dropped} earlier writes are not shown\n`)
      for (const text of held) real(text)
    },
  }
}
