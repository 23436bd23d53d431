import { BlockList, isIP, isIPv6 } from 'node:net'
import { FiberWorkError } from '../../contract/errors.ts'

/** Ranges of IPv4 that are not the public internet (IANA's special-purpose registry), multicast and what is reserved. */
const notPublic4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const

/** Of the global unicast addresses of IPv6 those that are for protocols, documentation, or carry an IPv4 address inside. */
const notPublic6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const

const denied = new BlockList()
for (const [net, bits] of notPublic4) denied.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of notPublic6) denied.addSubnet(net, bits, 'ipv6')
// Everything else of IPv6 (loopback, mapped, NAT64, unique local, link local, multicast) is outside of it.
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

/** May a webhook go there? Only to addresses of the public internet. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '')
  if (isIP(plain) === 0) return false
  if (isIPv6(plain)) return global6.check(plain, 'ipv6') && !denied.check(plain, 'ipv6')
  return !denied.check(plain, 'ipv4')
}

const ports = new Set(['', '443', '8443'])

/**
 * The URL of a webhook, if it may be called at all: over https, to port 443 or 8443, without a user, and not to an address that is not
 * public. `allowPrivate` allows http, every port and every address. Where its name leads is looked at when it is connected. Throws
 * `FW_EGRESS_DENIED`, never saying more of the URL than its origin.
 */
export function webhookUrl(text: string, allowPrivate: boolean): URL {
  // The parser drops these, so that the address it finds is another than the one that a person reads.
  if (/[\u0000-\u0020\u007f]/.test(text)) throw refused('it has white space or control characters in it')
  const url = parsed(text)
  if (url === undefined) throw refused('it is not a URL')
  const schemes = allowPrivate ? ['https:', 'http:'] : ['https:']
  if (!schemes.includes(url.protocol)) throw refused(`it is ${url.protocol}, not https:`)
  if (url.username !== '' || url.password !== '') throw refused('it has a user or a password in it')
  if (allowPrivate) return url
  if (!ports.has(url.port)) throw refused(`port ${url.port} is neither 443 nor 8443`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host)
  return url
}

export const notPublic = (address: string): FiberWorkError => refused(`${address} is not a public address`)

function refused(why: string): FiberWorkError {
  return new FiberWorkError('FW_EGRESS_DENIED', `The webhook (\`alertWebhook\`) was refused: ${why}.`)
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
