import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { FiberWorkError, isFiberWorkError } from '../../src/contract/index.ts'

/** The result codes of SQLite that say what to do; the low byte of an extended code. */
const primary = {
  busy: 5,
  locked: 6,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  tooBig: 18,
  notDatabase: 26,
} as const

interface SqliteError extends Error {
  errcode: number
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
}

const primaryOf = (error: unknown): number | undefined => (isSqliteError(error) ? error.errcode & 0xff : undefined)

/** Another connection writes: ask again in a moment. */
export function isBusy(error: unknown): boolean {
  const code = primaryOf(error)
  return code === primary.busy || code === primary.locked
}

export const isFull = (error: unknown): boolean => primaryOf(error) === primary.full

/** An error of SQLite as one of ours, the file named; errors of ours pass. */
export function toFiberWorkError(error: unknown, file: string): FiberWorkError {
  if (isFiberWorkError(error)) return error
  const says = error instanceof Error ? error.message : String(error)
  const fail = (code: ConstructorParameters<typeof FiberWorkError>[0], message: string, retryable?: boolean) =>
    new FiberWorkError(code, message, { cause: error, ...(retryable === undefined ? {} : { retryable }) })
  switch (primaryOf(error)) {
    case primary.busy:
    case primary.locked:
      return fail('FW_STORE_FAILED', `${file}: another process keeps the file locked (${says}).`)
    case primary.readonly:
      return fail('FW_STORE_READONLY', `${file}: the file or its folder cannot be written (${says}).`)
    case primary.corrupt:
      return fail(
        'FW_STORE_CORRUPT',
        `${file}: the file is damaged (${says}). Restore it from a backup or move it away.`,
      )
    case primary.notDatabase:
      return fail(
        'FW_STORE_CORRUPT',
        `${file}: this is not a SQLite file (${says}). Choose another path or move it away.`,
      )
    case primary.full:
      return fail('FW_STORE_FULL', `${file}: no space left (${says}). What was acknowledged is safe; free some space.`)
    case primary.cantOpen:
      // SQLite says only "unable to open" where the folder may not be written: it needs files of its own beside this one.
      if (isReadonly(dirname(file))) {
        return fail('FW_STORE_READONLY', `${file}: the folder ${dirname(file)} cannot be written (${says}).`)
      }
      return fail(
        'FW_CONNECT_FAILED',
        `${file}: the file cannot be opened (${says}). Does its folder exist, writable?`,
        false,
      )
    case primary.tooBig:
      return fail('FW_BODY_TOO_LARGE', `${file}: a value is larger than SQLite can hold (${says}).`)
    default:
      // Our own mistakes (a wrong statement, a wrong type) do not get better by repeating; I/O errors may.
      return fail('FW_STORE_FAILED', `${file}: ${says}`, isSqliteError(error) && (error.errcode & 0xff) !== 1)
  }
}

function isReadonly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ENOENT'
  }
}
