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

/** Where in the list a page stands. */
interface Place {
  /** Of the newest ones, above which new jobs may have come. */
  isFirst: boolean
  /** Nothing comes after it. */
  isLast: boolean
}

/** A page that was read again, put into the rows that are shown, without moving any of them. */
export function mergePage<R extends Row>(rows: readonly R[], page: readonly R[], place: Place): Merged<R> {
  const { isFirst } = place
  const now = new Map(page.map((row) => [row.id, row]))
  const known = new Set(rows.map(({ id }) => id))
  const firstKnown = page.findIndex(({ id }) => known.has(id))
  if (isFirst && rows.length > 0 && page.length > 0 && firstKnown < 0) {
    const isOlder = page[0]!.enqueuedAt < rows[0]!.enqueuedAt
    return { rows: [...rows], fresh: isOlder ? [] : [...page], gone: [], apart: !isOlder }
  }
  const fresh = isFirst ? page.slice(0, firstKnown < 0 ? page.length : firstKnown) : []
  return { rows: rows.map((row) => now.get(row.id) ?? row), fresh, gone: goneOf(rows, page, place), apart: false }
}

/** What lies in the span of the page and is not on it. Jobs that were enqueued in the same moment as its last one may stand on the next. */
function goneOf(rows: readonly Row[], page: readonly Row[], { isFirst, isLast }: Place): string[] {
  const [first, last] = [page[0], page.at(-1)]
  const now = new Set(page.map(({ id }) => id))
  const isBelowStart = (at: string) => isFirst || (first !== undefined && at < first.enqueuedAt)
  const isAboveEnd = (at: string) => isLast || (last !== undefined && at > last.enqueuedAt)
  return rows
    .filter(({ id, enqueuedAt }) => !now.has(id) && isBelowStart(enqueuedAt) && isAboveEnd(enqueuedAt))
    .map(({ id }) => id)
}
