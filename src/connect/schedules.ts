import type { Env } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Added } from '../contract/job.ts'
import type { ScheduleRecord } from '../contract/schedule.ts'
import { ScheduleBook } from '../cron/book.ts'
import { jobOf } from '../cron/entry.ts'
import { checkFits, type Schedule } from '../cron/schedule.ts'
import type { Keyring } from '../job/keyring.ts'
import type { Producer } from '../producer/producer.ts'

export interface SchedulesParts {
  env: Env
  driver: Driver
  producer: Producer
  /** Of encrypted inputs. */
  keys: Keyring | undefined
  /** Workers of this process need not wait until they look again. */
  changed: () => void
}

/** What is enqueued by itself, in the whole store. Every verb throws `FW_DRIVER_TRAIT` where the store has no ledger. */
export class Schedules {
  readonly #parts: SchedulesParts

  constructor(parts: SchedulesParts) {
    this.#parts = parts
  }

  /**
   * Make it so, whoever has set it before; it stays paused if it was. Nothing changes when it says what it said before, so that any number of processes may
   * do so at once. Throws `FW_SCHEDULE_INVALID`, and what an enqueue of its job throws.
   */
  async set(schedule: Schedule): Promise<'added' | 'changed' | 'unchanged'> {
    checkFits(schedule, this.#parts.driver)
    return this.#told(await this.#book.set(schedule, 'operator'))
  }

  /** All of them, by id. */
  async list(): Promise<ScheduleRecord[]> {
    return this.#book.list()
  }

  async get(id: string): Promise<ScheduleRecord | undefined> {
    return this.#book.get(id)
  }

  /** Nothing is started until it is resumed; what was started goes on. Throws `FW_SCHEDULE_UNKNOWN`. */
  async pause(id: string): Promise<void> {
    this.#told(await this.#book.pause(id))
  }

  /** From now on; what would have come meanwhile is not made up for. Throws `FW_SCHEDULE_UNKNOWN`. */
  async resume(id: string): Promise<void> {
    this.#told(await this.#book.resume(id))
  }

  /** Answers whether there was one. One that the code declares comes back at the next start of a worker: pause it, or take it out of the code. */
  async remove(id: string): Promise<boolean> {
    return this.#told(await this.#book.remove(id))
  }

  /** Enqueue its job now, besides its times, also while it is paused. Throws `FW_SCHEDULE_UNKNOWN`. */
  async run(id: string): Promise<Added> {
    const { env, producer } = this.#parts
    const entry = await this.#book.entry(id)
    const { due: _, ...job } = jobOf(id, entry, env.nowMs(), `${id}@${env.id()}`)
    return (await producer.enqueueStored([job]))[0]!
  }

  #told<A>(answer: A): A {
    this.#parts.changed()
    return answer
  }

  get #book(): ScheduleBook {
    const { env, driver, keys } = this.#parts
    if (driver.ledger !== undefined) return new ScheduleBook(env, driver.ledger, keys)
    throw new FiberWorkError('FW_DRIVER_TRAIT', `The ${driver.name} driver keeps no schedules (facet \`ledger\`).`)
  }
}
