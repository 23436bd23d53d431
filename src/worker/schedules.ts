import type { Env } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'
import { ScheduleBook } from '../cron/book.ts'
import { checkFits, type Schedule } from '../cron/schedule.ts'
import { Ticker } from '../cron/ticker.ts'
import type { Keyring } from '../job/keyring.ts'
import type { Producer } from '../producer/producer.ts'

/**
 * Brings the schedules that the code declares into the store, and starts those of the store when their time has come, whoever declared
 * them. Undefined where the store has no ledger; throws `FW_DRIVER_TRAIT` when the code declares some all the same.
 */
export async function startSchedules(
  env: Env,
  driver: Driver,
  { declared, producer }: { declared: readonly Schedule[]; producer: Producer },
  keys?: Keyring,
): Promise<Ticker | undefined> {
  for (const schedule of declared) checkFits(schedule, driver)
  if (driver.ledger === undefined) return undefined
  const book = new ScheduleBook(env, driver.ledger, keys)
  for (const schedule of declared) await book.set(schedule, 'code')
  const ticker = new Ticker({
    env,
    book,
    unique: driver.traits.unique,
    enqueue: (jobs) => producer.enqueueStored(jobs),
  })
  ticker.start()
  return ticker
}
