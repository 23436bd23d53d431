import { redactUrls } from '../../src/base/text.ts'
import { type ErrorCode, FiberWorkError } from '../../src/contract/errors.ts'
import type { Judgement } from './wire.ts'

const codes = {
  failed: 'FW_DB_FAILED',
  conflict: 'FW_DB_CONFLICT',
  unreachable: 'FW_DB_UNREACHABLE',
  timeout: 'FW_CALL_TIMEOUT',
} as const satisfies Record<Judgement['kind'], ErrorCode>

const messageMax = 300

/** What a database said. */
export class DbError extends FiberWorkError {
  override readonly name: string = 'DbError'
  /** The client's or the server's own code: `23505` (Postgres), `ER_DUP_ENTRY` (MySQL), `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly driverCode: string

  constructor(code: ErrorCode, message: string, driverCode: string, options: { cause?: unknown } = {}) {
    super(code, message, options)
    this.driverCode = driverCode
  }
}

/** What the client said, in our words; the original is the cause. */
export function asDbError(connection: string, error: unknown, judge: (error: unknown) => Judgement): FiberWorkError {
  if (error instanceof FiberWorkError) return error
  const { kind, code, message } = judge(error)
  hideValues(error)
  const said = redactUrls(message.replace(/\s+/g, ' ').trim()).slice(0, messageMax)
  const text = `Db "${connection}": ${said === '' ? 'the connection failed' : said}${code === '' ? '' : ` (${code})`}`
  return new DbError(codes[kind], text, code, { cause: error })
}

/** mysql2 hangs the statement with its values filled in on its errors, and errors are logged. */
function hideValues(error: unknown): void {
  if (typeof error !== 'object' || error === null) return
  for (const name of ['sql', 'parameters']) if (name in error) Reflect.deleteProperty(error, name)
}

export function ended(connection: string, why?: unknown): FiberWorkError {
  const because = why instanceof Error ? ` (${why.message})` : ''
  return new DbError(
    'FW_DB_FAILED',
    `Db "${connection}": the transaction has ended${because}; await what its function starts, inside of it.`,
    '',
    why === undefined ? {} : { cause: why },
  )
}

/** Codes of the system for a server that is not there, or is gone. */
export const lostCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
])

export const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''
