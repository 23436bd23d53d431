import type { EventWish } from '../../contract/fleet.ts'

/** `job` means all of `job.started`, `job.ended`, … */
export function isWished(event: string, wish: EventWish): boolean {
  return wish === 'all' || wish.some((kind) => event === kind || event.startsWith(`${kind}.`))
}

/** What has to be told so that each of them hears what it wants. */
export function unionOf(wishes: readonly EventWish[]): EventWish {
  const kinds = new Set<string>()
  for (const wish of wishes) {
    if (wish === 'all') return 'all'
    for (const kind of wish) kinds.add(kind)
  }
  return [...kinds].toSorted()
}

export function isSameWish(one: EventWish | undefined, other: EventWish | undefined): boolean {
  return one?.toString() === other?.toString() && typeof one === typeof other
}
