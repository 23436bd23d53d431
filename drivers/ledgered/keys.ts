// What the records of a ledgered broker are called. All begin with the broker's name, so that two brokers share one ledger.

/** Under which an ended job is found; `live` are those that wait or run. */
export const shelves = ['live', 'done', 'dead', 'cancelled', 'quarantined'] as const
export type Shelf = (typeof shelves)[number]

/** A name as one part of a key: `/` stands between parts. */
const part = (text: string): string => text.replace(/[%/]/g, (sign) => (sign === '/' ? '%2F' : '%25'))
const unpart = (text: string): string => text.replaceAll('%2F', '/').replaceAll('%25', '%')

/** The last part of a key. */
export const lastOf = (key: string): string => unpart(key.slice(key.lastIndexOf('/') + 1))

/** The place of a job among all, newest first: it falls as time goes on. `number` tells those of one millisecond apart. */
export function orderOf(enqueuedAtMs: number, number: number): string {
  const time = String(lastMs - Math.floor(enqueuedAtMs)).padStart(13, '0')
  return time + String(999_999 - number).padStart(6, '0')
}

const lastMs = 9_999_999_999_999

/** What a place tells of its job. */
export const enqueuedAtMsOf = (order: string): number => lastMs - Number(order.slice(0, 13))

export class Keys {
  readonly #root: string

  constructor(broker: string) {
    this.#root = `${part(broker)}/`
  }

  /** What was enqueued: it never changes. */
  job = (id: string): string => `${this.#root}j/${part(id)}`
  /** What has become of it. */
  fate = (id: string): string => `${this.#root}r/${part(id)}`
  /** The newest progress that its worker told. */
  progress = (id: string): string => `${this.#root}g/${part(id)}`
  /** Who holds a unique key. */
  unique = (queue: string, key: string): string => `${this.#root}u/${part(queue)}/${part(key)}`
  /** Jobs of a queue, newest first. `order` falls as time goes on. */
  shelf = (shelf: Shelf, queue: string): string => `${this.#root}x/${shelf}/${part(queue)}/`
  place = (shelf: Shelf, queue: string, order: string, id: string): string =>
    `${this.shelf(shelf, queue)}${order}/${part(id)}`
  /** Messages in the broker that stand for nothing any more, and are dropped when they come up. */
  strays = (queue: string): string => `${this.#root}m/${part(queue)}/`
  stray = (queue: string, copy: string): string => `${this.strays(queue)}${part(copy)}`
  /** Names of queues that were ever used. */
  queues = (): string => `${this.#root}n/`
  queue = (queue: string): string => this.queues() + part(queue)
  pauses = (): string => `${this.#root}p/`
  pause = (queue: string): string => this.pauses() + part(queue)
  /** The limits of a queue, and apart from them what was taken of them. */
  limits = (queue: string): string => `${this.#root}l/${part(queue)}`
  taken = (queue: string): string => `${this.#root}b/${part(queue)}`
  sessions = (): string => `${this.#root}s/`
  session = (session: string): string => this.sessions() + part(session)
  /** Running jobs of a session that somebody wants cancelled. */
  wishes = (session: string): string => `${this.#root}c/${part(session)}/`
  wish = (session: string, id: string): string => this.wishes(session) + part(id)
  /** Calls that write jobs to the broker, and have not yet told that they did. */
  intents = (): string => `${this.#root}o/`
  intent = (session: string, call: string): string => `${this.intents()}${part(session)}/${part(call)}`
  /** What users of the facet `ledger` write. */
  users = (): string => `${this.#root}ledger/`
}
