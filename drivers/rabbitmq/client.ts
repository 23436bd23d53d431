import type * as Amqplib from 'amqplib'
import { FiberWorkError } from '../../src/contract/index.ts'

export type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage, Message, Options } from 'amqplib'

/** The one package that only this driver needs, loaded when it is used. @throws FW_DRIVER_MISSING */
export async function loadAmqplib(load: () => Promise<unknown> = () => import('amqplib')): Promise<typeof Amqplib> {
  try {
    const loaded = (await load()) as typeof Amqplib & { default?: typeof Amqplib }
    return loaded.default ?? loaded
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    const message = 'The rabbitmq driver needs the package amqplib: npm install amqplib'
    throw new FiberWorkError('FW_DRIVER_MISSING', message, { cause })
  }
}
