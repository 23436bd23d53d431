import type { Redis } from 'ioredis'
import type { Place } from './loans.ts'

/** BullMQ cannot cancel a job that runs elsewhere: who wants that says so here, and the worker's beat finds it. Only ours looks. */
export class Wishes {
  readonly #redis: Redis
  readonly #key: string
  /** As the last look found them. */
  #known = new Set<string>()

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#key = `fiber-work:bullmq:cancel:${prefix}`
  }

  nameOf({ queue, bullId }: Pick<Place, 'queue' | 'bullId'>): string {
    return `${queue}:${bullId}`
  }

  async add(place: Pick<Place, 'queue' | 'bullId'>): Promise<void> {
    // A wish that a BullMQ worker never read does not outlive the day.
    await this.#redis.multi().sadd(this.#key, this.nameOf(place)).expire(this.#key, 86_400).exec()
  }

  async all(): Promise<Set<string>> {
    return (this.#known = new Set(await this.#redis.smembers(this.#key)))
  }

  /** The job has ended or is gone from us. */
  async fulfilled(place: Pick<Place, 'queue' | 'bullId'>): Promise<void> {
    const name = this.nameOf(place)
    if (this.#known.delete(name)) await this.#redis.srem(this.#key, name)
  }
}
