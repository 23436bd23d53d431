/** Ids of entries are `ms-number`; of the same length they are in the order of their letters. */
export function isBefore(one: string, other: string): boolean {
  if (one.length === other.length && one.indexOf('-') === other.indexOf('-')) return one < other
  const [ms = 0, number = 0] = one.split('-').map(Number)
  const [otherMs = 0, otherNumber = 0] = other.split('-').map(Number)
  return ms === otherMs ? number < otherNumber : ms < otherMs
}
