const charsMax = 8_192
const causesMax = 4

/** What was thrown, as text that is kept with the job: name, code, message, stack, causes; bounded, and never throwing itself. */
export function errorText(error: unknown): string {
  const text = described(error, 0)
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text
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
  const first = stack.search(/\n\s+at /)
  return first === -1 ? '' : stack.slice(first)
}

function shownValue(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 1_024)
  if (typeof value !== 'object' || value === null) return String(value)
  return (JSON.stringify(value) ?? 'an object').slice(0, 1_024)
}
