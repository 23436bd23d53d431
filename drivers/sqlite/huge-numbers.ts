import type { StatementSync } from 'node:sqlite'

/**
 * The rows of a question that node:sqlite has refused to answer, because a column of one of them holds an integer beyond 2^53: somebody else has
 * written it. They come with that number as near as a number of ours comes, which is no safe integer: whoever reads records can tell. Any
 * other error goes on, and so does this one of a statement that writes: it must not be run twice.
 */
export function withHugeNumbers<Row extends unknown[]>(
  statement: StatementSync,
  text: string,
  error: unknown,
  read: () => Row[],
): Row[] {
  if (!isTooLarge(error) || !onlyReads.test(text)) throw error
  statement.setReadBigInts(true)
  try {
    return read().map((row) => row?.map((value) => (typeof value === 'bigint' ? Number(value) : value)) as Row)
  } finally {
    statement.setReadBigInts(false)
  }
}

const onlyReads = /^\s*select\b/i

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'

/** A row as one of ours has written it: its whole numbers are such. */
export const hasHugeNumber = (row: readonly unknown[]): boolean =>
  row.some((value) => typeof value === 'number' && !Number.isSafeInteger(value))
