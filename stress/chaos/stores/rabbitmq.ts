import { FaultProxy } from '../../proxy/proxy.ts'
import { RabbitmqServer } from '../../servers/rabbitmq.ts'
import type { OpenOptions } from '../store.ts'
import { ServedStore } from './served.ts'

/** A broker of its own. */
export class RabbitmqStore extends ServedStore<RabbitmqServer> {
  static async start(options: OpenOptions = {}): Promise<RabbitmqStore> {
    const server = await RabbitmqServer.start()
    return new RabbitmqStore(server, await FaultProxy.start({ port: server.port }), options)
  }
}
