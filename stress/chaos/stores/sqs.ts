import { FaultProxy } from '../../proxy/proxy.ts'
import { SqsServer } from '../../servers/sqs.ts'
import type { OpenOptions } from '../store.ts'
import { ServedStore } from './served.ts'

/** An SQS server of its own that keeps its messages on its disk. */
export class SqsStore extends ServedStore<SqsServer> {
  static async start(options: OpenOptions = {}): Promise<SqsStore> {
    const server = await SqsServer.start({ keeps: true })
    return new SqsStore(server, await FaultProxy.start({ port: server.port }), options)
  }
}
