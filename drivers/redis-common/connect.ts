import { within, type Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Client, MakeClient } from './client.ts'
import { toConnectError } from './errors.ts'
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

/** One connection to the server that takes our writes, greeted and ready. */
export type Dial = () => Promise<Client>

/** `make` is asked for at each call, so that a missing package is told to who needs it. */
export function dialler(make: () => Promise<MakeClient>, to: Dialling): Dial {
  const { target } = to
  if (target.kind === 'sentinel') return bySentinels(make, to)
  if (target.kind === 'server') return async () => greeted((await make())(target.options), to)
  const { natMap, ...options } = target.options
  const way = new Way(target.nodes, natMap)
  return async () => {
    const made = await make()
    const call = (node: Node) => greeted(made({ ...options, ...node, db: 0 }), to)
    return call(await way.ownerOf(to.prefix, call, target.address))
  }
}

/** ioredis would wait for the first sentinel until the time is up: each has its turn, and its time, at being the first. */
function bySentinels(make: () => Promise<MakeClient>, to: Dialling): Dial {
  let sentinels = to.target.options['sentinels'] as readonly unknown[]
  return async () => {
    const made = await make()
    let failure: unknown
    for (let turn = 0; turn < sentinels.length; turn++) {
      try {
        return await greeted(made({ ...to.target.options, sentinels }), to)
      } catch (error) {
        failure = error
        sentinels = [...sentinels.slice(1), ...sentinels.slice(0, 1)]
      }
    }
    throw failure
  }
}

/** Connected, and called by its name: the first answer shows that the server is there, knows us, and is no replica. */
async function greeted(client: Client, { env, target, connectTimeoutMs, name }: Dialling): Promise<Client> {
  let failure: Error | undefined
  client.on('error', (error) => (failure ??= error))
  try {
    let greeting: Greeting = {}
    const greet = async () => (greeting = await connectAndGreet(client, name))
    if (!(await within(env, connectTimeoutMs, greet()))) throw unanswered(target, connectTimeoutMs)
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
    throw toConnectError(failure ?? error, target)
  }
}

type Greeting = Record<string, unknown>

async function connectAndGreet(client: Client, name: string): Promise<Greeting> {
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

type Slots = [first: number, last: number, master: [host: string | null, port: number]][]

/**
 * Which node of a cluster has our keys. We go there ourselves instead of letting ioredis follow redirections: it would also
 * follow `ASK`, and run a script on the half of our keys that a migration has moved so far.
 */
class Way {
  readonly #natMap: unknown
  /** Whom to ask, the last one who answered first. */
  #nodes: Node[]

  constructor(nodes: readonly Node[], natMap: unknown) {
    this.#nodes = [...nodes]
    this.#natMap = natMap
  }

  async ownerOf(prefix: string, call: (node: Node) => Promise<Client>, address: string): Promise<Node> {
    let failure: unknown
    for (const node of [...this.#nodes]) {
      let client: Client | undefined
      try {
        client = await call(node)
        const slot = Number(await client.call('CLUSTER', 'KEYSLOT', prefix))
        const slots = (await client.call('CLUSTER', 'SLOTS')) as Slots
        const ranges = slots.map(([first, last, master]) => ({ first, last, master: this.#mapped(master, node) }))
        this.#learn([node, ...ranges.map(({ master }) => master)])
        const range = ranges.find(({ first, last }) => first <= slot && slot <= last)
        if (range !== undefined) return range.master
        failure = misplaced(`${address}: nobody serves slot ${slot} of ${prefix}`, true)
      } catch (error) {
        failure = error
      } finally {
        if (client !== undefined) end(client)
      }
    }
    throw toConnectError(failure, { address, options: {} })
  }

  /** An empty name means: where you have asked. */
  #mapped([name, port]: [string | null, number], asked: Node): Node {
    const host = name === null || name === '' || name === '?' ? asked.host : name
    const key = `${host}:${port}`
    const found: unknown =
      typeof this.#natMap === 'function'
        ? this.#natMap(key)
        : (this.#natMap as Record<string, unknown> | null | undefined)?.[key]
    return found === undefined || found === null ? { host, port } : nodeOf(found, port)
  }

  /** The nodes that we were told of at first may all have gone one day. */
  #learn(nodes: Node[]): void {
    const all = [...nodes, ...this.#nodes].map((node): [string, Node] => [`${node.host}:${node.port}`, node])
    this.#nodes = [...new Map(all).values()].slice(0, 100)
  }
}

function unanswered({ address, options }: Target, connectTimeoutMs: number): FiberWorkError {
  const hint = (options as IoredisOptions)['tls'] == null ? '' : '; does it speak TLS on this port?'
  return misplaced(`${address}: connect: no answer within ${connectTimeoutMs} ms${hint}`, true)
}

function misplaced(message: string, retryable: boolean): FiberWorkError {
  return new FiberWorkError('FW_CONNECT_FAILED', message, { retryable })
}
