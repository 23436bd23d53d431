import { FaultProxy } from '../../proxy/proxy.ts'
import { PostgresServer } from '../../servers/postgres.ts'
import type { ChaosStore } from '../store.ts'

/** A server of its own that has each commit on its disk before it answers, and a proxy before it for who goes through it. */
export class PostgresStore implements ChaosStore {
  readonly server: PostgresServer
  readonly proxy: FaultProxy
  readonly workerUrl: string

  private constructor(server: PostgresServer, proxy: FaultProxy, proxied: boolean) {
    this.server = server
    this.proxy = proxy
    this.workerUrl = proxied ? `postgres://postgres@127.0.0.1:${proxy.port}/postgres` : server.url
  }

  /** `proxied`: the workers go through the proxy. */
  static async start({ proxied = false }: { proxied?: boolean } = {}): Promise<PostgresStore> {
    const server = await PostgresServer.start({ config: { fsync: 'on', synchronous_commit: 'on' } })
    return new PostgresStore(server, await FaultProxy.start({ port: server.port }), proxied)
  }

  get url(): string {
    return this.server.url
  }
  get folder(): string {
    return this.server.folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
