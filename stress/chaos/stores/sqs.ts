import { FaultProxy } from '../../proxy/proxy.ts'
import { SqsServer } from '../../servers/sqs.ts'
import type { ChaosStore } from '../store.ts'

/** An SQS server of its own that keeps its messages on its disk, and a proxy before it for who goes through it. */
export class SqsStore implements ChaosStore {
  readonly server: SqsServer
  readonly proxy: FaultProxy
  readonly workerUrl: string

  private constructor(server: SqsServer, proxy: FaultProxy, proxied: boolean) {
    this.server = server
    this.proxy = proxy
    this.workerUrl = proxied ? `sqs+http://127.0.0.1:${proxy.port}` : server.url
  }

  /** `proxied`: the workers go through the proxy. */
  static async start({ proxied = false }: { proxied?: boolean } = {}): Promise<SqsStore> {
    const server = await SqsServer.start({ keeps: true })
    return new SqsStore(server, await FaultProxy.start({ port: server.port }), proxied)
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
