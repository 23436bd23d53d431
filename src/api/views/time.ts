/** A store's time as JSON tells it. */
export function isoTime(atMs: number): string {
  // A store that another program writes to may hold anything; the range of a Date is not ours to break.
  return new Date(Math.min(Math.max(atMs, -8.64e15), 8.64e15)).toISOString()
}
