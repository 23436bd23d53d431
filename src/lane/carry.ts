import { type ErrorCode, FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import { UpstreamFrozenError } from '../contract/upstream.ts'
import { GiveUp, RetryIn, Snooze } from '../job/control.ts'

/**
 * An error on its way between threads. Node copies what it knows of an error; class, code and whatever else was written on it
 * would be lost, and with them what a retry policy looks at.
 */
export type Carried = { kind: 'value'; value: unknown } | CarriedError

interface CarriedError {
  kind: 'error' | 'ours' | 'Snooze' | 'RetryIn' | 'GiveUp' | 'frozen'
  name: string
  message: string
  stack: string | undefined
  cause: Carried | undefined
  /** Everything else that it has of its own and that can be copied. */
  own: Record<string, unknown>
}

const causesMax = 4
const ownMax = 32
const standard = { TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError }

/** Never throws itself: whatever was thrown, the job must come to its end. */
export function carry(thrown: unknown, depth = 0): Carried {
  try {
    return carried(thrown, depth)
  } catch {
    return { kind: 'value', value: 'An error that cannot be read was thrown.' }
  }
}

function carried(thrown: unknown, depth: number): Carried {
  if (!(thrown instanceof Error)) return { kind: 'value', value: copyable(thrown) ? thrown : String(thrown) }
  const { name, message, stack, cause } = thrown
  return {
    kind: kindOf(thrown),
    name: String(name),
    message: String(message),
    stack: typeof stack === 'string' ? stack : undefined,
    cause: cause === undefined || depth >= causesMax ? undefined : carry(cause, depth + 1),
    own: ownOf(thrown),
  }
}

export function revive(carried: Carried): unknown {
  if (carried.kind === 'value') return carried.value
  const error = made(carried)
  const { name, stack, own, cause } = carried
  for (const [key, value] of Object.entries({ ...own, stack, ...(cause && { cause: revive(cause) }) })) {
    if (value !== undefined) define(error, key, value, key in own)
  }
  if (error.name !== name) define(error, 'name', name, false)
  return error
}

function kindOf(error: Error): CarriedError['kind'] {
  if (error instanceof Snooze) return 'Snooze'
  if (error instanceof RetryIn) return 'RetryIn'
  if (error instanceof GiveUp) return 'GiveUp'
  if (error instanceof UpstreamFrozenError) return 'frozen'
  return isFiberWorkError(error) ? 'ours' : 'error'
}

function made({ kind, name, message, own }: CarriedError): Error {
  switch (kind) {
    case 'Snooze':
      return new Snooze(own['ms'] as number, message)
    case 'RetryIn':
      return new RetryIn(own['ms'] as number, message)
    case 'GiveUp':
      return new GiveUp(message)
    case 'frozen':
      return new UpstreamFrozenError(own['upstream'] as string, own['untilMs'] as number, own['releaseMs'] as number)
    case 'ours':
      return new FiberWorkError(own['code'] as ErrorCode, message)
    case 'error':
      return new (Object.hasOwn(standard, name) ? standard[name as keyof typeof standard] : Error)(message)
  }
}

function ownOf(error: Error): Record<string, unknown> {
  const entries = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key))
  return Object.fromEntries(entries.slice(0, ownMax).filter(([, value]) => copyable(value)))
}

function copyable(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true })
}
