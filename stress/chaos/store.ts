import { dirname } from 'node:path'
import { FaultProxy } from '../proxy/proxy.ts'
import { temporaryStore } from '../run/store.ts'
import { RedisServer } from '../servers/redis.ts'

/** Where the jobs of one cell live: made for it, and gone with it. */
export interface ChaosStore extends AsyncDisposable {
  /** For whoever judges: no fault is done to this way. */
  readonly url: string
  /** For the workers. */
  readonly workerUrl: string
  /** A folder that goes with it. */
  readonly folder: string
}

export type OpenStore = () => Promise<ChaosStore>

/** A file of its own. */
export async function sqliteStore(): Promise<ChaosStore> {
  const { url, path, remove } = temporaryStore()
  return { url, workerUrl: url, folder: dirname(path), [Symbol.asyncDispose]: async () => remove() }
}

/** A server of its own that writes each change to its disk before it answers, and a proxy before it for who goes through it. */
export class RedisStore implements ChaosStore {
  readonly server: RedisServer
  readonly proxy: FaultProxy
  readonly workerUrl: string

  private constructor(server: RedisServer, proxy: FaultProxy, proxied: boolean) {
    this.server = server
    this.proxy = proxy
    this.workerUrl = proxied ? this.proxyUrl : server.url
  }

  /** `proxied`: the workers go through the proxy. */
  static async start({ proxied = false }: { proxied?: boolean } = {}): Promise<RedisStore> {
    const server = await RedisServer.start({ config: { appendonly: 'yes', appendfsync: 'always' } })
    const proxy = await FaultProxy.start({ port: server.port }, { redis: true })
    return new RedisStore(server, proxy, proxied)
  }

  get url(): string {
    return this.server.url
  }
  get proxyUrl(): string {
    return `redis://127.0.0.1:${this.proxy.port}`
  }
  get folder(): string {
    return this.server.folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
