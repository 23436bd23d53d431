import type * as Sdk from '@aws-sdk/client-sqs'
import { FiberWorkError } from '../../src/contract/index.ts'

export type { Sdk }

/** The AWS SDK, loaded when the driver is used. @throws FW_DRIVER_MISSING */
export async function loadSdk(load: () => Promise<unknown> = () => import('@aws-sdk/client-sqs')): Promise<typeof Sdk> {
  try {
    return (await load()) as typeof Sdk
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    const message = 'The sqs driver needs the package @aws-sdk/client-sqs: npm install @aws-sdk/client-sqs'
    throw new FiberWorkError('FW_DRIVER_MISSING', message, { cause })
  }
}
