import { FaultProxy } from '../../proxy/proxy.ts'
import { MariadbServer } from '../../servers/mariadb.ts'
import type { ChaosStore } from '../store.ts'

/** A MariaDB of its own that syncs each commit, and a proxy before it for who goes through it. */
export class MysqlStore implements ChaosStore {
  readonly server: MariadbServer
  readonly proxy: FaultProxy
  readonly workerUrl: string

  private constructor(server: MariadbServer, proxy: FaultProxy, proxied: boolean) {
    this.server = server
    this.proxy = proxy
    this.workerUrl = proxied ? this.proxyUrl : server.url
  }

  /** `proxied`: the workers go through the proxy. */
  static async start({ proxied = false }: { proxied?: boolean } = {}): Promise<MysqlStore> {
    const server = await MariadbServer.start({
      config: { 'innodb-flush-log-at-trx-commit': 1, 'max-connections': 200 },
    })
    const proxy = await FaultProxy.start({ port: server.port })
    return new MysqlStore(server, proxy, proxied)
  }

  get url(): string {
    return this.server.url
  }
  get proxyUrl(): string {
    return `mysql://root@127.0.0.1:${this.proxy.port}/test`
  }
  get folder(): string {
    return this.server.folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
