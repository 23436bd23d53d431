import { BlockList, isIP } from 'node:net'
import { FiberWorkError } from '../../contract/errors.ts'

export interface Address {
  host: string
  port: number
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** `127.0.0.1:7077`, `[::1]:7077`, `localhost:7077`, or a port alone, which is loopback. Throws `FW_CONFIG_INVALID`. */
export function parseAddress(text: string): Address {
  const match = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):)?(\d{1,5})$/i.exec(text)
  const host = match?.[1] ?? match?.[2] ?? '127.0.0.1'
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `--http is ${JSON.stringify(text)}; allowed is HOST:PORT or PORT, for example 127.0.0.1:7077.`,
    )
  }
  return { host, port }
}

export function isLoopback(host: string): boolean {
  const family = isIP(host)
  return family === 0 ? /^localhost$/i.test(host) : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Is this the `Host` of a request that was meant for us? A web page may have its own name point to 127.0.0.1; what a person or a
 * probe types is an address, localhost, the host that we were told to listen on, or a name that was allowed.
 */
export function isOurHost(header: string | undefined, { host }: Address, allowed: readonly string[] = []): boolean {
  const parts = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header ?? '')
  const asked = parts?.[1] ?? parts?.[2]
  if (asked === undefined) return false
  const name = asked.toLowerCase()
  if (isLoopback(asked) || name === host.toLowerCase() || allowed.includes(name)) return true
  return !isLoopback(host) && isIP(asked) !== 0
}
