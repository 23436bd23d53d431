import type { Redis } from 'ioredis'
import { type Place, placeOf, receiptOf } from './loans.ts'
import type { Receipt } from '../../src/contract/index.ts'

/**
 * What a session holds, written where the guardian's thread finds it: a hash of receipts, one command a batch. It lives as long as
 * somebody renews, so that nothing is left of a worker that died.
 */
export class Notes {
  readonly #redis: Redis
  readonly #leaseMs: number

  constructor(redis: Redis, leaseMs: number) {
    this.#redis = redis
    this.#leaseMs = leaseMs
  }

  async add(session: string, places: readonly Place[]): Promise<void> {
    if (places.length === 0) return
    const key = heldKey(session)
    const fields = places.flatMap((place) => [receiptOf(place), '1'])
    await this.#redis.multi().hset(key, fields).pexpire(key, this.#keptMs).exec()
  }

  async remove(session: string, receipts: readonly Receipt[]): Promise<void> {
    if (receipts.length > 0) await this.#redis.hdel(heldKey(session), ...receipts)
  }

  async keep(session: string): Promise<void> {
    await this.#redis.pexpire(heldKey(session), this.#keptMs)
  }

  /** Everything that is noted, and keeps it for a while longer. */
  async all(session: string): Promise<Place[]> {
    const key = heldKey(session)
    const answers = await this.#redis.multi().hkeys(key).pexpire(key, this.#keptMs).exec()
    const fields = (answers?.[0]?.[1] ?? []) as string[]
    return fields.flatMap((receipt) => placeOf(receipt as Receipt) ?? [])
  }

  /** The guardian has found these locks lost. */
  async tellLost(session: string, places: readonly Place[]): Promise<void> {
    if (places.length === 0) return
    const receipts = places.map(receiptOf)
    const key = lostKey(session)
    await this.#redis
      .multi()
      .hdel(heldKey(session), ...receipts)
      .rpush(key, ...receipts)
      .pexpire(key, this.#keptMs)
      .exec()
  }

  async takeLost(session: string): Promise<Receipt[]> {
    const lost = await this.#redis.lpop(lostKey(session), 1_000)
    return (lost ?? []) as Receipt[]
  }

  async forget(session: string): Promise<void> {
    await this.#redis.del(heldKey(session), lostKey(session))
  }

  get #keptMs(): number {
    return Math.max(60_000, this.#leaseMs * 4)
  }
}

const heldKey = (session: string): string => `fiber-work:bullmq:${session}:held`
const lostKey = (session: string): string => `fiber-work:bullmq:${session}:lost`
