import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Loopback {
  url: string
  close: () => void
}

/** A server of this process on a loopback port that answers everything with two bytes. */
export async function loopback(): Promise<Loopback> {
  const server = createServer((_request, response) => void response.end('ok'))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  server.unref()
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}
