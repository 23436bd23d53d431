import { BlockList, isIP } from 'node:net'
import { FiberWorkError } from '../contract/errors.ts'

export interface Address {
  host: string
  port: number
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * `127.0.0.1:7077`, `[::1]:7077`, `localhost:7077`, or a port alone, which is loopback. Whoever reaches the port may read it,
 * so that an address beyond this machine must be asked for (`insecure`). Throws `FW_CONFIG_INVALID`.
 */
export function parseAddress(text: string, insecure: boolean): Address {
  const match = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):)?(\d{1,5})$/i.exec(text)
  const host = match?.[1] ?? match?.[2] ?? '127.0.0.1'
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `--http is ${JSON.stringify(text)}; allowed is HOST:PORT or PORT, for example 127.0.0.1:7077.`,
    )
  }
  if (isLoopback(host) || insecure) return { host, port }
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `--http ${text} would be open to other machines, and there are no tokens yet: use 127.0.0.1, or say --http-insecure if a firewall or a probe's network is around it.`,
  )
}

export function isLoopback(host: string): boolean {
  const family = isIP(host)
  return family === 0 ? /^localhost$/i.test(host) : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Is this the `Host` of a request that was meant for us? A web page may have its own name point to 127.0.0.1; what a person or a
 * probe types is an address, localhost, or the host that we were told to listen on.
 */
export function isOurHost(header: string | undefined, { host }: Address): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header ?? '')
  const asked = name?.[1] ?? name?.[2]
  if (asked === undefined) return false
  if (isLoopback(asked) || asked.toLowerCase() === host.toLowerCase()) return true
  return !isLoopback(host) && isIP(asked) !== 0
}
