import type * as BullMQ from 'bullmq'
import type * as Ioredis from 'ioredis'
import { FiberWorkError } from '../../src/contract/index.ts'

export interface Packages {
  bullmq: typeof BullMQ
  ioredis: typeof Ioredis
}

/** The two packages that only this driver needs, loaded when it is used. @throws FW_DRIVER_MISSING */
export async function loadPackages(): Promise<Packages> {
  const [bullmq, ioredis] = await Promise.all([load('bullmq', import('bullmq')), load('ioredis', import('ioredis'))])
  return { bullmq, ioredis }
}

async function load<M>(name: string, module: Promise<M>): Promise<M> {
  try {
    return await module
  } catch (cause) {
    throw new FiberWorkError(
      'FW_DRIVER_MISSING',
      `The bullmq driver needs the package ${name}: npm install bullmq ioredis`,
      { cause },
    )
  }
}
