import { FaultProxy } from '../../proxy/proxy.ts'
import { resp } from '../../proxy/resp.ts'
import { RedisServer } from '../../servers/redis.ts'
import type { OpenOptions } from '../store.ts'
import { ServedStore } from './served.ts'
import type { ServerStore } from './server-store.ts'

/** A driver that keeps its jobs in Redis: its URLs begin with `scheme`, and what it wrote bears its format under a key. */
interface Keeping {
  scheme: string
  laterFormat: [key: string, value: string]
}

const keepings = {
  redis: { scheme: 'redis', laterFormat: ['{fiber-work}:format', '1000'] },
  streams: { scheme: 'redis+streams', laterFormat: ['{fiber-work-streams}:format', 'streams 1000'] },
} satisfies Record<string, Keeping>

/** A Redis that writes each change to its disk before it answers. */
export class RedisStore extends ServedStore<RedisServer> implements ServerStore {
  readonly backMsMax = 5_000
  readonly #keeping: Keeping

  private constructor(server: RedisServer, proxy: FaultProxy, keeping: Keeping, options: OpenOptions) {
    super(server, proxy, { ...options, url: server.url.replace(/^redis/, keeping.scheme) })
    this.#keeping = keeping
  }

  static async start(as: keyof typeof keepings, options: OpenOptions = {}): Promise<RedisStore> {
    const server = await RedisServer.start({ config: { appendonly: 'yes', appendfsync: 'always' } })
    const proxy = await FaultProxy.start({ port: server.port }, { protocol: resp })
    return new RedisStore(server, proxy, keepings[as], options)
  }

  crash(): Promise<void> {
    return this.server.kill()
  }
  revive(): Promise<void> {
    return this.server.start()
  }
  pause(): void {
    this.server.pause()
  }
  resume(): void {
    this.server.resume()
  }
  async endConnections(): Promise<number> {
    return Number(await this.server.say('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))
  }

  async writeLaterFormat(): Promise<void> {
    await this.server.say('SET', ...this.#keeping.laterFormat)
  }
  census(): Promise<string> {
    return this.server.say('DBSIZE')
  }

  /** Every call of ours is a function. */
  isCall(request: Buffer): boolean {
    return request.includes('FCALL')
  }
  /** The answer of a settle begins with a list: which of its items were stale. */
  refusedBy(request: Buffer, reply: Buffer): number {
    if (!/_settle\r\n/.test(request.toString('latin1', 0, 200))) return 0
    return Number(/^\*2\r\n\*(\d+)\r\n:/.exec(reply.toString('latin1', 0, 40))?.[1] ?? 0)
  }
}
