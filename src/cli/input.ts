import { FiberWorkError } from '../contract/errors.ts'

/** The input of a job, as somebody has typed or piped it. Throws `FW_INPUT_INVALID`, saying where it came from. */
export function parseInput(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FiberWorkError('FW_INPUT_INVALID', `The input (${where}) is not JSON: ${why}`, { cause })
  }
}
