import { type Env, sleep } from '../../src/base/env.ts'
import { type Driver, FiberWorkError, type Ledger } from '../../src/contract/index.ts'
import { Book } from './book.ts'
import type { Fate } from './fate.ts'
import { changesOf, type Step } from './fate.ts'
import type { Change } from './book.ts'
import { Keys, orderOf } from './keys.ts'

export interface Settings {
  env: Env
  /** How long a session that says nothing counts as alive; also after how long a call that was broken off is finished by others. */
  leaseMs: number
  /** How long dead, cancelled and quarantined jobs are kept. */
  deadAgeMs: number
}

/** Tries without a pause: whoever came between has written by then. */
const hurriedMax = 5
const triesMax = 40

/** The broker, the ledger beside it, and what everybody here needs of both. */
export class Place {
  readonly broker: Driver
  readonly book: Book
  readonly ledger: Ledger
  readonly keys: Keys
  readonly env: Env
  readonly settings: Settings
  #count = 0

  constructor(broker: Driver, ledger: Ledger, settings: Settings) {
    this.broker = broker
    this.ledger = ledger
    this.book = new Book(ledger)
    this.keys = new Keys(broker.name)
    this.env = settings.env
    this.settings = settings
  }

  /** The clock of this process: a ledger tells no time. */
  nowMs(): number {
    return this.env.nowMs()
  }

  /** A place before all that were given before: what came last is listed first. */
  nextOrder(): string {
    this.#count = (this.#count + 1) % 1_000_000
    return orderOf(this.nowMs(), this.#count)
  }

  changesOf(step: Step): Change[] {
    return changesOf(this.keys, step, this.settings.deadAgeMs)
  }

  /** Read, decide and write, again until nobody has written in between: `attempt` answers undefined when somebody had. */
  async persist<A>(attempt: (tries: number) => Promise<A | undefined>): Promise<A> {
    for (let tries = 1; tries <= triesMax; tries++) {
      const answer = await attempt(tries)
      if (answer !== undefined) return answer
      if (tries > hurriedMax) await sleep(this.env, this.env.random() * tries * 5)
    }
    throw new FiberWorkError(
      'FW_STORE_FAILED',
      `The ledger refused ${triesMax} writes in a row: others wrote the same records each time.`,
    )
  }
}

/** A fate that begins: nobody has taken the job yet. */
export function freshFate(place: Place, job: Step['job'], by?: string): Fate {
  const { env } = place
  const nowMs = place.nowMs()
  const fate: Fate = {
    queue: job.queue,
    state: 'waiting',
    copy: env.id(),
    loan: 0,
    attempts: 0,
    crashes: 0,
    order: place.nextOrder(),
    enqueuedAtMs: nowMs,
  }
  const dueAtMs = job.due === undefined ? nowMs : 'inMs' in job.due ? nowMs + job.due.inMs : job.due.atMs
  if (dueAtMs > nowMs) fate.dueAtMs = dueAtMs
  if (job.unique !== undefined) fate.unique = job.unique
  if (by !== undefined) fate.by = by
  return fate
}

/** At least as many pieces as the job's record has: to delete one that is not there does no harm. */
export const jobPiecesOf = (job: Step['job']): number => Math.floor((JSON.stringify(job).length + 1) / 19_999)

/** The same items in turns, none of which has the same token twice; each with its place in the whole. */
export function turnsOf<T>(items: readonly T[], tokensOf: (item: T) => string[]): { item: T; at: number }[][] {
  const turns: { item: T; at: number }[][] = []
  const last = new Map<string, number>()
  for (const [at, item] of items.entries()) {
    const tokens = tokensOf(item)
    const turn = Math.max(-1, ...tokens.map((token) => last.get(token) ?? -1)) + 1
    for (const token of tokens) last.set(token, turn)
    ;(turns[turn] ??= []).push({ item, at })
  }
  return turns
}
