import { redact, redactText } from '../base/redact.ts'

const charsMax = 8_192
const bytesMax = 16_000
const causesMax = 4
/** Read past the cut, so that a secret that the cut divides is known for one. */
const slack = 4_096

/**
 * What was thrown, as text that is kept with the job: name, code, message, stack, causes; at most 16,000 bytes, without secrets
 * (src/base/redact.ts), and never throwing itself.
 */
export function errorText(error: unknown): string {
  const text = redactText(described(error, 0).slice(0, charsMax + slack))
  const short = text.length > charsMax ? `${text.slice(0, charsMax)}…` : text
  return short.length * 3 <= bytesMax || Buffer.byteLength(short) <= bytesMax
    ? short
    : `${short.slice(0, bytesMax / 3 - 3)}…`
}

/** An error whose getters throw, also as the cause of one that can be read. */
function described(error: unknown, depth: number): string {
  try {
    return describe(error, depth)
  } catch {
    return 'An error that cannot be read was thrown.'
  }
}

function describe(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return `Thrown: ${shownValue(error)}`
  const { code } = error as { code?: unknown }
  const head = `${error.name}${typeof code === 'string' ? ` [${code}]` : ''}: ${error.message}`
  const stack = typeof error.stack === 'string' ? framesOf(error.stack) : ''
  const cause =
    error.cause === undefined || depth >= causesMax ? '' : `\nCaused by ${described(error.cause, depth + 1)}`
  return head + stack + cause
}

function framesOf(stack: string): string {
  const first = stack.indexOf('\n    at ')
  return first === -1 ? '' : stack.slice(first)
}

function shownValue(value: unknown): string {
  if (typeof value === 'string') return redactText(value.slice(0, 1_024 + slack)).slice(0, 1_024)
  if (typeof value !== 'object' || value === null) return String(value)
  return (JSON.stringify(redact(value)) ?? 'an object').slice(0, 1_024)
}
