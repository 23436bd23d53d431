import type * as Ioredis from 'ioredis'
import { FiberWorkError } from '../contract/errors.ts'
import { type Env, within } from './env.ts'
import type { RedisTarget } from './redis-target.ts'

export type Single = Ioredis.Redis
export type Cluster = Ioredis.Cluster

/**
 * A connection of our own, which keeps no process alive. `user` begins a sentence: `A limit over Redis`.
 * Throws `FW_DRIVER_MISSING`.
 */
export async function openRedis(
  target: RedisTarget,
  user: string,
  more: { maxRetriesPerRequest?: number; socketTimeout?: number } = {},
): Promise<Single | Cluster> {
  const own = { keyPrefix: '', lazyConnect: false, enableOfflineQueue: true, ...more }
  const client = await made(target, user, own)
  letGo(client)
  return client
}

async function made(target: RedisTarget, user: string, own: { keyPrefix: string }): Promise<Single | Cluster> {
  if (typeof target === 'string') {
    const { Redis } = await load(user)
    return new Redis(target, own)
  }
  const client = target as Single | Cluster
  return 'nodes' in client ? client.duplicate([], own) : client.duplicate(own)
}

async function load(user: string): Promise<typeof Ioredis> {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new FiberWorkError(
      'FW_DRIVER_MISSING',
      `${user} needs the package \`ioredis\`, which is not installed: npm install ioredis`,
      { cause },
    )
  }
}

interface Unref {
  unref?: () => void
}

/** An idle connection does not keep the process alive; whoever waits for an answer does that himself. */
export function letGo(client: Single | Cluster): void {
  if ('nodes' in client) {
    client.on('+node', (node: Single) => letGo(node))
    for (const node of client.nodes()) letGo(node)
    return
  }
  const inside = client as unknown as { stream?: Unref; reconnectTimeout?: Unref | null }
  const unref = () => inside.stream?.unref?.()
  client.on('connect', unref)
  client.on('reconnecting', () => inside.reconnectTimeout?.unref?.())
  unref()
}

/** The silence may be our own, of a blocked event loop: after it was noticed, what has meanwhile arrived is read first. */
const secondLookMs = 200

/** The answer, if it comes in time; else throws `FW_CALL_TIMEOUT`. */
export async function timely<T>(env: Env, ms: number, what: string, answer: Promise<T>): Promise<T> {
  if ((await within(env, ms, answer)) || (await within(env, secondLookMs, answer))) return answer
  answer.catch(() => undefined)
  throw new FiberWorkError('FW_CALL_TIMEOUT', `${what} did not answer within ${ms} ms.`)
}
