import type { FaultProxy } from '../../proxy/proxy.ts'
import type { ChaosStore, OpenOptions } from '../store.ts'

/** A server of a cell's own: it ends with the cell. */
interface OwnServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly folder: string
}

/** A store with a server of its own, and a proxy before it for who goes through it. */
export class ServedStore<Server extends OwnServer> implements ChaosStore {
  readonly server: Server
  readonly proxy: FaultProxy
  readonly url: string
  /** The way through the proxy. */
  readonly proxyUrl: string
  readonly workerUrl: string

  /** `url`: how a driver reaches the server, where that is not the server's own word for it. */
  constructor(
    server: Server,
    proxy: FaultProxy,
    { proxied = false, url = server.url }: OpenOptions & { url?: string },
  ) {
    this.server = server
    this.proxy = proxy
    this.url = url
    this.proxyUrl = url.replace(`:${server.port}`, `:${proxy.port}`)
    this.workerUrl = proxied ? this.proxyUrl : url
  }

  get folder(): string {
    return this.server.folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
