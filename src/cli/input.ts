import { FiberWorkError } from '../contract/errors.ts'

/** A number that is perhaps beyond what JavaScript has: only then is each looked at. */
const perhapsEndless = /\d[eE]\+?\d{3}|\d{309}/

/** The input of a job, as somebody has typed or piped it. Throws `FW_INPUT_INVALID`, saying where it came from. */
export function parseInput(text: string, where: string): unknown {
  try {
    return perhapsEndless.test(text) ? JSON.parse(text, refuseEndless) : JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FiberWorkError('FW_INPUT_INVALID', `The input (${where}) is not JSON: ${why}`, { cause })
  }
}

/** JSON has no infinity: written down again it would become null without a word. */
function refuseEndless(key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  throw new RangeError(`the number at ${JSON.stringify(key)} is too large`)
}
