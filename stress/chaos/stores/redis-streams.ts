import { type ChaosStore, RedisStore } from '../store.ts'

/** The server of the Redis cells, with the jobs in its streams. */
export async function redisStreamsStore(): Promise<ChaosStore> {
  const store = await RedisStore.start()
  const streams = (url: string) => url.replace(/^redis:/, 'redis+streams:')
  return {
    url: streams(store.url),
    workerUrl: streams(store.workerUrl),
    folder: store.folder,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
