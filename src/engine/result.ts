import { FiberWorkError } from '../contract/errors.ts'

/**
 * The JSON text of what a handler returned. The work is done, so that a result which cannot be kept does not fail the job:
 * what is kept then says why (`{"$error": {"code": "FW_RESULT_TOO_LARGE", …}}`).
 */
export function resultText(result: unknown, bytesMax: number): string {
  const text = stringified(result)
  if (text !== undefined && (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax)) return text
  const found = text === undefined ? 'is not JSON' : `takes ${Buffer.byteLength(text)} bytes`
  const message = `The job is done, but its result ${found}; the limit is ${bytesMax} bytes (\`resultBytesMax\`).`
  return JSON.stringify({ $error: { code: 'FW_RESULT_TOO_LARGE', message } })
}

/** What was kept, read back. Throws `FW_RESULT_TOO_LARGE` when it could not be kept. */
export function readResult(text: string | undefined): unknown {
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  const failure = (value as { $error?: { code: string; message: string } } | null)?.$error
  if (failure?.code === 'FW_RESULT_TOO_LARGE') throw new FiberWorkError('FW_RESULT_TOO_LARGE', failure.message)
  return value
}

function stringified(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined
  } catch {
    return undefined
  }
}
