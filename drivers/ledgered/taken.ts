import type { Meter } from '../../src/base/meter.ts'
import type { Spent } from '../../src/base/quota.ts'
import type { Page } from './book.ts'

/** What was taken of a queue's limits, by all workers. */
export interface Taken {
  /** Of each rate (src/base/bucket.ts). */
  buckets: number[]
  spent?: Spent
  /** How many jobs each session holds, and until when that counts without being said again. */
  held: Record<string, [count: number, untilMs: number]>
}

export const takenOf = (page: Page | undefined): Taken =>
  page === undefined ? { buckets: [], held: {} } : (JSON.parse(page.text) as Taken)

export const meterOf = ({ buckets, spent }: Taken): Meter => ({ buckets, spent })
