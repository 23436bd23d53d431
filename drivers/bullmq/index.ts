import { BullmqDriver } from './driver.ts'
import { type BullmqOptions, settingsOf } from './options.ts'

export type { BullmqDriver } from './driver.ts'
export { fromBullMQ, type FromBullMQOptions } from './from-bullmq.ts'
export type { BullmqOptions } from './options.ts'

/**
 * The queues of a BullMQ installation as a store: its producers feed our handlers, our client feeds its workers. Needs the packages
 * `bullmq` and `ioredis`.
 *
 * @throws FW_CONFIG_INVALID
 */
export function bullmqDriver(options: BullmqOptions = {}): BullmqDriver {
  return new BullmqDriver(settingsOf(options))
}
