import { terminalStates } from '../../src/contract/index.ts'
import type { JobFilter, JobState } from '../../src/contract/index.ts'
import { wire } from './codec.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

const scripts = { shelves: loadScript('shelves'), shelf: loadScript('shelf') }

/** One place where jobs of a state stand: a list, a set, the loans. */
interface Shelf {
  state: string
  queue: string
  line: string
  count: number
}

/** A job that was found there: its place in the journal, newest first. */
export interface Standing {
  id: string
  place: number
  enqueuedAtMs: number
}

/** What was found, and how far one looked for it. */
export interface Gathered {
  standing: Standing[]
  read: number
  readToMs: number | undefined
}

type ShelfReply = [from: string, read: number, since: string, oldestAt: string, ...found: string[]]

/** Where jobs of this queue or these states stand; undefined when that is in too many places. */
export async function shelvesOf(link: Link, { queue, states }: JobFilter): Promise<Shelf[] | undefined> {
  const wanted: readonly JobState[] = states ?? ['ready', 'delayed', 'running', ...terminalStates]
  const args = [JSON.stringify([...new Set(wanted)]), ...(queue === undefined ? [] : [wire(queue)])]
  const reply = (await link.run(scripts.shelves, args)) as (string | number)[]
  if (reply[0] === 'many') return undefined
  return Array.from({ length: reply.length / 4 }, (_, i) => {
    const [state, queue, line, count] = reply.slice(4 * i, 4 * i + 4) as [string, string, string, number]
    return { state, queue, line, count }
  })
}

/** The newest of them below a place of the journal that match the filter (as `scripts/lib/filter.lua` wants it), newest first. */
export async function gather(
  link: Link,
  shelves: readonly Shelf[],
  text: string,
  below: string,
  want: number,
): Promise<Gathered> {
  let standing: Standing[] = []
  let [read, readToMs]: [number, number | undefined] = [0, undefined]
  for (const { state, queue, line } of shelves) {
    for (let from = '', isOver = false; !isOver;) {
      const last = standing.length >= want ? standing[want - 1] : undefined
      const args = [state, queue, line, from, last?.place ?? 0, below, want, text]
      const [next, looked, since, oldest, ...found] = (await link.run(scripts.shelf, args)) as ShelfReply
      read += looked
      if (oldest !== '') readToMs = Math.min(readToMs ?? Infinity, Number(oldest))
      standing = newest([...standing, ...standingIn(found)], want)
      from = next
      isOver = next === '' || isBehind(since, standing[want - 1])
    }
  }
  return { standing, read, readToMs }
}

/** Whoever ended before this one came had come before it too: nobody behind them on the shelf is newer. */
const isBehind = (since: string, last: Standing | undefined): boolean =>
  since !== '' && last !== undefined && Number(since) < last.enqueuedAtMs

function standingIn(flat: string[]): Standing[] {
  return Array.from({ length: flat.length / 3 }, (_, i) => {
    const [id, place, enqueuedAt] = flat.slice(3 * i, 3 * i + 3) as [string, string, string]
    return { id, place: Number(place), enqueuedAtMs: Number(enqueuedAt) }
  })
}

/** Who moves on his shelf meanwhile may be met twice. */
function newest(standing: Standing[], want: number): Standing[] {
  const sorted = standing.sort((a, b) => b.place - a.place)
  return sorted.filter(({ place }, i) => place !== sorted[i - 1]?.place).slice(0, want)
}
