import { RabbitmqDriver } from './driver.ts'
import { type RabbitmqOptions, settingsOf } from './options.ts'

export type { RabbitmqDriver } from './driver.ts'
export type { RabbitmqOptions } from './options.ts'

/**
 * A RabbitMQ broker as a store. Needs the package `amqplib`.
 *
 * @throws FW_CONFIG_INVALID
 */
export function rabbitmqDriver(options: RabbitmqOptions = {}): RabbitmqDriver {
  return new RabbitmqDriver(settingsOf(options))
}

/** Makes drivers on one broker: one for a client, one for each worker. @throws FW_CONFIG_INVALID */
export function rabbitmqStore(url: string, options: Omit<RabbitmqOptions, 'url'> = {}): () => RabbitmqDriver {
  const settings = settingsOf({ ...options, url })
  return () => new RabbitmqDriver(settings)
}
