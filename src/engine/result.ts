import { FiberWorkError } from '../contract/errors.ts'
import type { StoredJob } from '../contract/job.ts'
import type { AnyDefinition } from '../job/definition.ts'
import type { Keyring } from '../job/keyring.ts'
import { sealed } from '../job/sealing.ts'

/** Why a result is not kept. */
const droppedCodes = ['FW_RESULT_TOO_LARGE', 'FW_KEY_UNKNOWN'] as const
type Dropped = (typeof droppedCodes)[number]

/**
 * The JSON text of what a handler returned. The work is done, so that a result which cannot be kept does not fail the job:
 * what is kept then says why (`{"$error": {"code": "FW_RESULT_TOO_LARGE", …}}`).
 */
export function resultText(result: unknown, bytesMax: number): string {
  const text = stringified(result)
  if (text !== undefined && (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax)) return text
  const found = text === undefined ? 'is not JSON' : `takes ${Buffer.byteLength(text)} bytes`
  return dropped('FW_RESULT_TOO_LARGE', `its result ${found}; the limit is ${bytesMax} bytes (\`resultBytesMax\`)`)
}

/** The same as it is stored: encrypted like the input. */
export function storedResult(
  text: string,
  job: StoredJob,
  definition: AnyDefinition,
  keys: Keyring | undefined,
): string {
  if (keys === undefined && definition.options.encrypt === true) {
    return dropped('FW_KEY_UNKNOWN', 'its result would have to be encrypted (`encrypt`), and the worker has no keys')
  }
  return sealed(text, 'result', job, definition, keys)
}

/** What was kept, read back. Throws `FW_RESULT_TOO_LARGE`, `FW_KEY_UNKNOWN` when it could not be kept. */
export function readResult(text: string | undefined): unknown {
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  const failure = (value as { $error?: { code: Dropped; message: string } } | null)?.$error
  if (failure !== undefined && droppedCodes.includes(failure.code)) {
    throw new FiberWorkError(failure.code, failure.message)
  }
  return value
}

function dropped(code: Dropped, why: string): string {
  return JSON.stringify({ $error: { code, message: `The job is done, but ${why}.` } })
}

function stringified(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined
  } catch {
    return undefined
  }
}
