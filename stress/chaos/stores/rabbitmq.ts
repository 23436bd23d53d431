import { FaultProxy } from '../../proxy/proxy.ts'
import { RabbitmqServer } from '../../servers/rabbitmq.ts'
import type { ChaosStore } from '../store.ts'

/** A broker of its own, and a proxy before it for who goes through it. */
export class RabbitmqStore implements ChaosStore {
  readonly server: RabbitmqServer
  readonly proxy: FaultProxy
  readonly workerUrl: string

  private constructor(server: RabbitmqServer, proxy: FaultProxy, proxied: boolean) {
    this.server = server
    this.proxy = proxy
    this.workerUrl = proxied ? `amqp://127.0.0.1:${proxy.port}` : server.url
  }

  /** `proxied`: the workers go through the proxy. */
  static async start({ proxied = false }: { proxied?: boolean } = {}): Promise<RabbitmqStore> {
    const server = await RabbitmqServer.start()
    return new RabbitmqStore(server, await FaultProxy.start({ port: server.port }), proxied)
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
