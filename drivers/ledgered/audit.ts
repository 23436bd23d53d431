import type { Change } from './book.ts'
import { isGone, knownOf, shelfOf } from './fate.ts'
import { lastOf, type Shelf, shelves } from './keys.ts'
import { queueNames } from './list.ts'
import type { Place } from './place.ts'

const pageMax = 500

/** Takes entries from shelves whose job is elsewhere or nowhere: an evicted record leaves one behind. A page of one shelf a call. */
export async function audit(
  place: Place,
  cursor?: string,
): Promise<{ checked: number; repaired: number; cursor?: string }> {
  const { keys, ledger, book } = place
  const names = (await queueNames(place)).toSorted()
  const all = names.flatMap((name) => shelves.map((shelf): [Shelf, string] => [shelf, keys.shelf(shelf, name)]))
  const at = Math.max(0, cursor === undefined ? 0 : all.findIndex(([, prefix]) => cursor.startsWith(prefix)))
  const [shelf, prefix] = all[at] ?? ['live', '']
  if (prefix === '') return { checked: 0, repaired: 0 }
  const records = await ledger.list(prefix, pageMax, cursor === undefined || cursor === prefix ? undefined : cursor)
  const fates = await book.read(records.map(({ key }) => keys.fate(lastOf(key))))
  const wrong = records.filter((_, i) => {
    const known = knownOf(fates[i])
    return known === undefined || isGone(known.fate, place.nowMs()) || shelfOf(known.fate) !== shelf
  })
  await book.write(wrong.map(({ key }): Change => ({ key })))
  const next = records.length === pageMax ? records.at(-1)!.key : all[at + 1]?.[1]
  return { checked: records.length, repaired: wrong.length, ...(next !== undefined && { cursor: next }) }
}
