import { SqsDriver } from './driver.ts'
import { settingsOf, type SqsOptions } from './options.ts'

export type { BodyStore } from './body-store.ts'
export type { SqsDriver } from './driver.ts'
export type { SqsOptions } from './options.ts'

/**
 * Amazon SQS as a store, or whatever speaks its protocol. Needs the package `@aws-sdk/client-sqs`.
 *
 * @throws FW_CONFIG_INVALID
 */
export function sqsDriver(options: SqsOptions = {}): SqsDriver {
  return new SqsDriver(settingsOf(options))
}

/** Makes drivers on one store: one for a client, one for each worker. @throws FW_CONFIG_INVALID */
export function sqsStore(url: string, options: Omit<SqsOptions, 'url'> = {}): () => SqsDriver {
  const settings = settingsOf({ ...options, url })
  return () => new SqsDriver(settings)
}
