import type * as BullMQ from 'bullmq'
import type * as Ioredis from 'ioredis'
import { FiberWorkError } from '../../src/contract/index.ts'

export interface Packages {
  bullmq: typeof BullMQ
  ioredis: typeof Ioredis
}

/** The two packages that only this driver needs, loaded when it is used. @throws FW_DRIVER_MISSING */
export async function loadPackages(load: (name: string) => Promise<unknown> = byName): Promise<Packages> {
  const [bullmq, ioredis] = await Promise.all(['bullmq', 'ioredis'].map((name) => present(name, load)))
  return { bullmq, ioredis } as Packages
}

/** Named one by one, so that bundlers and the search for unused packages see them. */
const byName = (name: string): Promise<unknown> => (name === 'bullmq' ? import('bullmq') : import('ioredis'))

async function present(name: string, load: (name: string) => Promise<unknown>): Promise<unknown> {
  try {
    return await load(name)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    const message = `The bullmq driver needs the package ${name}: npm install bullmq ioredis`
    throw new FiberWorkError('FW_DRIVER_MISSING', message, { cause })
  }
}
