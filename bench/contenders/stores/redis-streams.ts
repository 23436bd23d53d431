import { randomBytes } from 'node:crypto'
import { askRedis } from '../redis-meter.ts'
import type { Place } from '../store.ts'

/** A prefix of its own on the Redis of the bench. */
export async function open(redis: string): Promise<Place> {
  const prefix = `bench-${randomBytes(6).toString('hex')}`
  const { host } = new URL(redis)
  return {
    url: `redis+streams://${host}?prefix=${prefix}`,
    async [Symbol.asyncDispose]() {
      const keys = askRedis(redis, '--scan', '--pattern', `{${prefix}}:*`)
        .split('\n')
        .filter((key) => key !== '')
      if (keys.length > 0) askRedis(redis, 'UNLINK', ...keys)
    },
  }
}
