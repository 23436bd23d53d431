const frame = /^\s+at /
const ofNode = /\(?(?:node:|native\b|<anonymous>)/
const ofEmitter = /\(?node:(?:events|internal\/event_target)/

/**
 * Does the stack show that this handler threw it: the function that Node called stands in the handler's file, and no emitter is in
 * between? A listener of a shared emitter carries whichever job emitted, a callback of a library whichever job the library
 * was called by last; neither shows whose it is. Nothing here trusts the error: getters may throw, and a stack may be anything.
 */
export function isThrownBy(source: string | undefined, error: unknown): boolean {
  if (source === undefined) return false
  try {
    const frames = framesOf(error)
    if (frames.some((line) => ofEmitter.test(line))) return false
    return frames.findLast((line) => !ofNode.test(line))?.includes(source) === true
  } catch {
    return false
  }
}

/** Innermost first. Of an `error` event that nobody listens to: where it was emitted, not where the error was made. */
function framesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const emitted = emissionOf(error)
  const stack: unknown = emitted ?? error.stack
  if (typeof stack !== 'string') return []
  const frames = stack.split('\n').filter((line) => frame.test(line))
  // What Node makes of an emitted value that is no Error comes from `emit` itself, which called no listener.
  const isOfEmit = (error as { code?: unknown }).code === 'ERR_UNHANDLED_ERROR'
  return isOfEmit ? frames.slice(frames.findIndex((line) => !ofEmitter.test(line))) : frames
}

/** Node notes on the error where it was emitted, and adds it to the stack when it prints it. */
function emissionOf(error: Error): string | undefined {
  const note = Object.getOwnPropertySymbols(error).find(
    ({ description }) => description === 'kEnhanceStackBeforeInspector',
  )
  if (note === undefined) return undefined
  const enhance = (error as unknown as Record<symbol, unknown>)[note]
  const enhanced: unknown = typeof enhance === 'function' ? enhance() : undefined
  return typeof enhanced === 'string' ? enhanced.split("\nEmitted 'error' event", 2)[1] : undefined
}
