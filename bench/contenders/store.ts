import { execFileSync } from 'node:child_process'

/** Where the jobs of one run lie: made for it, and gone with it. */
export interface Place extends AsyncDisposable {
  url: string
}

interface Asked {
  store: string
  redis: string
  /** To be added to the URL of an empty place. */
  parameters?: string
}

/** The store that ours works on: the Redis of the bench, memory, or an empty place that `stores/` makes. */
export async function storeOf({ store, redis, parameters = '' }: Asked): Promise<Place> {
  if (store === 'redis') return { url: redis, async [Symbol.asyncDispose]() {} }
  if (store === 'memory') return { url: 'memory:', async [Symbol.asyncDispose]() {} }
  const { open } = (await import(new URL(`stores/${store}.js`, import.meta.url).href)) as {
    open: (redis: string) => Promise<Place>
  }
  const place = await open(redis)
  return parameters === '' ? place : { ...place, url: `${place.url}&${parameters}` }
}

/** The producer is another process, as it is in life: what it needed is neither the worker's time nor its memory. */
export function produceElsewhere(given: object, enqueueTo: string): void {
  const again = [process.argv[1]!, JSON.stringify({ ...given, enqueueTo })]
  execFileSync(process.execPath, again, { stdio: ['ignore', 'ignore', 'inherit'] })
}
