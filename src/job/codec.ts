import type { Backoff } from '../base/backoff.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Keep } from '../contract/verdict.ts'

/** What an enqueue may override, as it travels inside the body. */
export interface Overrides {
  attempts?: number
  backoff?: Backoff
  timeoutMs?: number | false
  keep?: Keep | false
}

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
  const { v, o, d } = sealed as { v?: unknown; o?: Overrides; d?: unknown }
  if (!Number.isSafeInteger(v)) throw damaged('it has no version')
  return { version: v as number, overrides: typeof o === 'object' ? o : undefined, input: d }
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
