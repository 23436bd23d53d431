import type { EventEmitter } from 'node:events'
import { awaited, called, read } from '../styles.ts'
import { known } from './client.ts'

interface Redis extends EventEmitter {
  connect(): Promise<void>
  disconnect(): void
  duplicate(): Redis
  echo(text: string, callback?: (error: Error | null) => void): Promise<string>
  pipeline(): { echo(text: string): { exec(): Promise<unknown> } }
  publish(channel: string, text: string): Promise<number>
  subscribe(channel: string): Promise<unknown>
  scanStream(options: { match: string; count: number }): AsyncIterable<unknown>
}

interface Client {
  redis: Redis
  subscriber: Redis
  channel: string
}

export const ioredis = known<Client>({
  name: 'ioredis',
  aliases: ['redis'],
  packages: ['ioredis'],
  schemes: ['redis:', 'rediss:'],
  variables: ['REDIS_URL'],
  probe: ([module], url, deadlineMs) => ({
    async open() {
      const { Redis } = module as { Redis: new (url: string, options: object) => Redis }
      const options = { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, connectTimeout: deadlineMs }
      const redis = new Redis(url, options)
      const subscriber = redis.duplicate().setMaxListeners(0)
      for (const each of [redis, subscriber]) each.on('error', () => {})
      await redis.connect()
      await subscriber.connect()
      const channel = `fiber-work:doctor:${process.pid}`
      await subscriber.subscribe(channel)
      return { redis, subscriber, channel }
    },
    close: ({ redis, subscriber }) => (redis.disconnect(), subscriber.disconnect()),
    ways: [
      ...awaited<Client>('redis.get(key)', ({ redis }) => redis.echo('x')),
      ...awaited<Client>('redis.pipeline().exec()', ({ redis }) => redis.pipeline().echo('x').exec()).slice(0, 1),
      called('callback', 'redis.get(key, callback)', ({ redis }, done) => redis.echo('x', done)),
      called('event', "subscriber.on('message', …)", ({ redis, subscriber, channel }, heard) => {
        subscriber.once('message', () => heard())
        return redis.publish(channel, 'x')
      }),
      read('for await (… of redis.scanStream())', ({ redis }) =>
        redis.scanStream({ match: 'fiber-work:doctor:nothing', count: 1_000_000 }),
      ),
    ],
  }),
})
