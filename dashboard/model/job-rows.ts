/** A row of a list of jobs, newest first. */
interface Row {
  id: string
  enqueuedAt: string
}

export interface Merged<R extends Row> {
  /** Rows that are shown already, as they are now. */
  rows: R[]
  /** Rows that came above the first one, newest first. */
  fresh: R[]
  /** Ids of rows that are shown and do not belong to the list any more. */
  gone: string[]
  /** So much is new that the answer and the rows have nothing in common: what lies between them was not read. */
  apart: boolean
}

/**
 * A page that was read again, put into the rows that are shown, without moving any of them. `isFirst`: of the newest ones, above which new jobs
 * may have come.
 */
export function mergePage<R extends Row>(rows: readonly R[], page: readonly R[], isFirst: boolean): Merged<R> {
  const now = new Map(page.map((row) => [row.id, row]))
  const known = new Set(rows.map(({ id }) => id))
  const firstKnown = page.findIndex(({ id }) => known.has(id))
  if (isFirst && rows.length > 0 && page.length > 0 && firstKnown < 0) {
    const isOlder = page[0]!.enqueuedAt < rows[0]!.enqueuedAt
    return { rows: [...rows], fresh: isOlder ? [] : [...page], gone: [], apart: !isOlder }
  }
  const fresh = isFirst ? page.slice(0, firstKnown < 0 ? page.length : firstKnown) : []
  return { rows: rows.map((row) => now.get(row.id) ?? row), fresh, gone: goneOf(rows, page, isFirst), apart: false }
}

/** What lies in the span of the page and is not on it. Jobs that were enqueued in the same moment as its last one may stand on the next. */
function goneOf(rows: readonly Row[], page: readonly Row[], isFirst: boolean): string[] {
  const last = page.at(-1)
  if (last === undefined) return []
  const now = new Set(page.map(({ id }) => id))
  const from = isFirst ? undefined : page[0]!.enqueuedAt
  return rows
    .filter(
      ({ id, enqueuedAt }) => !now.has(id) && enqueuedAt > last.enqueuedAt && (from === undefined || enqueuedAt < from),
    )
    .map(({ id }) => id)
}
