import { answered } from '../../src/base/answered.ts'
import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Client, MakeClient } from './client.ts'
import { toFiberWorkError } from './errors.ts'
import { type IoredisOptions, type Node, nodeOf, type Target } from './target.ts'

export interface Dialling {
  env: Env
  target: Target
  /** Our keys begin so: on a cluster it says whom to call. */
  prefix: string
  connectTimeoutMs: number
  /** How the server's list of clients calls the connection. */
  name: string
}

/**
 * One connection to the server that takes our writes, greeted and ready.
 * @throws FW_CONNECT_FAILED FW_STORE_FAILED
 */
export async function dial(make: MakeClient, to: Dialling): Promise<Client> {
  const { target } = to
  if (target.kind !== 'cluster') return greeted(make(target.options), to)
  const { natMap, ...options } = target.options
  const node = await ownerOf((at) => greeted(make({ ...options, ...at, db: 0 }), to), to)
  return greeted(make({ ...options, ...mapped(natMap, node), db: 0 }), to)
}

/** Connected, and called by its name: the first answer shows that the server is there, knows us, and is no replica. */
async function greeted(client: Client, { env, target, connectTimeoutMs, name }: Dialling): Promise<Client> {
  let failure: Error | undefined
  client.on('error', (error) => (failure ??= error))
  try {
    const timing = { verb: 'a greeting', timeoutMs: connectTimeoutMs }
    const greeting = await answered(env, timing, connectAndGreet(client, name))
    // ioredis goes on in database 0 where the one that was asked for does not exist.
    if (failure !== undefined) throw failure
    if (greeting['mode'] === 'sentinel') {
      throw misplaced(`${target.address} is a sentinel: write redis+sentinel://host1,host2/name`, false)
    }
    if (greeting['role'] === 'replica' || greeting['role'] === 'slave') {
      throw misplaced(`${target.address} is a replica and takes no writes`, true)
    }
    return client
  } catch (error) {
    end(client)
    // ioredis says only that the connection is closed; what closed it came as an event.
    throw toFiberWorkError(failure ?? error, { server: target.address, verb: 'connect' })
  }
}

async function connectAndGreet(client: Client, name: string): Promise<Record<string, unknown>> {
  await client.connect()
  try {
    const fields = (await client.call('HELLO', 2, 'SETNAME', name)) as unknown[]
    return Object.fromEntries(fields.flatMap((field, i) => (i % 2 === 0 ? [[String(field), fields[i + 1]]] : [])))
  } catch (error) {
    // A proxy that does not know it, or a user who may not say it: the next call will tell.
    if (error instanceof Error && /^NOPERM|unknown command|NOPROTO/i.test(error.message)) return {}
    throw error
  }
}

/** Closes it now, answers or not. */
export function end(client: Client): void {
  client.disconnect()
  client.stream?.destroy()
}

/**
 * Which node of the cluster has our keys. We go there ourselves instead of letting ioredis follow redirections: it would
 * also follow `ASK`, and run a script on the half of our keys that a migration has moved so far.
 */
async function ownerOf(call: (node: Node) => Promise<Client>, { target, prefix }: Dialling): Promise<Node> {
  let failure: unknown
  for (const node of target.nodes) {
    let client: Client | undefined
    try {
      client = await call(node)
      const slot = Number(await client.call('CLUSTER', 'KEYSLOT', prefix))
      const ranges = (await client.call('CLUSTER', 'SLOTS')) as [number, number, [string | null, number]][]
      const range = ranges.find(([first, last]) => first <= slot && slot <= last)
      if (range === undefined) throw misplaced(`${target.address}: nobody serves slot ${slot} of ${prefix}`, true)
      const [host, port] = range[2]
      // An empty name means: where you have asked.
      return host === null || host === '' || host === '?' ? { host: node.host, port } : { host, port }
    } catch (error) {
      failure = error
    } finally {
      if (client !== undefined) end(client)
    }
  }
  throw failure
}

function mapped(natMap: unknown, node: Node): IoredisOptions {
  const key = `${node.host}:${node.port}`
  const found: unknown =
    typeof natMap === 'function' ? natMap(key) : (natMap as Record<string, unknown> | undefined)?.[key]
  return { ...(found === undefined || found === null ? node : nodeOf(found, node.port)) }
}

function misplaced(message: string, retryable: boolean): FiberWorkError {
  return new FiberWorkError('FW_CONNECT_FAILED', message, { retryable })
}
