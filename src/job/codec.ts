import type { Backoff } from '../base/backoff.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Keep } from '../contract/verdict.ts'
import { anObject, type Check, integer, shown } from './check.ts'
import { enqueueOptionsTable } from './options.ts'

/** What an enqueue may override, as it travels inside the body. */
export interface Overrides {
  attempts?: number
  backoff?: Backoff
  timeoutMs?: number | false
  keep?: Keep | false
}

const overrideNames = ['attempts', 'backoff', 'timeoutMs', 'keep'] as const

/** The opened body: the input as it was enqueued, the version of its shape, and the overrides. */
export interface Opened {
  version: number
  overrides: Overrides | undefined
  input: unknown
}

/** The sealed body of a job: `{"v":version,"o":overrides?,"d":input?}`. `inputText` is JSON already. */
export function seal(version: number, overrides: Overrides | undefined, inputText: string | undefined): string {
  const options = overrides === undefined ? '' : `,"o":${JSON.stringify(overrides)}`
  const data = inputText === undefined ? '' : `,"d":${inputText}`
  return `{"v":${version}${options}${data}}`
}

/** Throws `FW_BODY_INVALID`: the body is not one of ours. */
export function open(body: string): Opened {
  const sealed = parse(body)
  if (typeof sealed !== 'object' || sealed === null) throw damaged('it is not an object')
  const { v, o, d } = sealed as { v?: unknown; o?: unknown; d?: unknown }
  if (!Number.isSafeInteger(v)) throw damaged('it has no version')
  return { version: v as number, overrides: o === undefined || o === null ? undefined : overridesIn(o), input: d }
}

/** Producers of other queues (BullMQ's) ask for more than ours may. */
const storedOptions: Record<string, Check> = { ...enqueueOptionsTable, attempts: integer(1, 1_000_000) }

/** An option that no enqueue can have said would run a job for ever, or stall the store. Fields of releases to come are left alone. */
function overridesIn(options: unknown): Overrides {
  if (anObject(options) !== undefined) throw damaged('its options are no object')
  for (const name of overrideNames) {
    const value = (options as Overrides)[name]
    const allowed = value === undefined ? undefined : storedOptions[name]!(value)
    if (allowed !== undefined) throw damaged(`\`${name}\` is ${shown(value)}; allowed is ${allowed}`)
  }
  return options as Overrides
}

function parse(body: string): unknown {
  try {
    // `__proto__` as an own key is harmless until somebody copies it into another object, and then it is an attack.
    return body.includes('__proto__') ? JSON.parse(body, withoutPrototypes) : JSON.parse(body)
  } catch (cause) {
    throw damaged('it is not JSON', cause)
  }
}

function withoutPrototypes(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}

function damaged(why: string, cause?: unknown): FiberWorkError {
  return new FiberWorkError('FW_BODY_INVALID', `The stored input was not written by fiber-work: ${why}.`, { cause })
}
