import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { buildConnector, Client } from 'undici'
import type { Env } from '../../base/env.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import { isPublicAddress, notPublic } from './egress.ts'

/** A webhook that has not answered by then has failed. */
export const postMsMax = 10_000

export interface Post {
  env: Env
  url: URL
  headers: Record<string, string>
  body: string
  allowPrivate: boolean
  signal: AbortSignal
  /** How names become addresses; the system's by default. */
  lookup?: LookupFunction
}

/**
 * Sends it, on a connection of its own, and answers the status; what else was answered is not read. A redirect is an answer like any other. Without
 * `allowPrivate` the connection is made to a public address or not at all, whatever the name means at that moment.
 */
export async function post({ env, url, headers, body, allowPrivate, signal, lookup }: Post): Promise<number> {
  const undici = await import('undici')
  const connect = undici.buildConnector({
    timeout: postMsMax,
    allowH2: false,
    lookup: allowPrivate ? (lookup ?? systemLookup) : publicOnly(lookup ?? systemLookup),
  } as buildConnector.BuildOptions)
  const client = new undici.Client(url.origin, {
    connect: allowPrivate ? connect : publicPeer(connect),
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 16_384,
  })
  const patience = new AbortController()
  const timer = env.setTimer(() => patience.abort(tooSlow()), postMsMax, 'idle')
  try {
    return await statusOf(client, { url, headers, body, signal: AbortSignal.any([signal, patience.signal]) })
  } finally {
    env.clearTimer(timer)
    client.destroy().catch(() => {})
  }
}

async function statusOf(
  client: Client,
  { url, headers, body, signal }: Pick<Post, 'url' | 'headers' | 'body' | 'signal'>,
): Promise<number> {
  const path = url.pathname + url.search
  const answer = await client.request({ method: 'POST', path, headers, body, signal })
  answer.body.on('error', () => {}).destroy()
  return answer.statusCode
}

const tooSlow = (): FiberWorkError =>
  new FiberWorkError('FW_CALL_TIMEOUT', `The webhook did not answer within ${postMsMax} ms.`)

/** Of the addresses of a name those that are public; an error when none is. */
function publicOnly(lookup: LookupFunction): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, [])
      const all = found as LookupAddress[]
      const allowed = all.filter(({ address }) => isPublicAddress(address))
      if (allowed.length === 0) return done(notPublic(all[0]?.address ?? host), [])
      if (options.all === true) return done(null, allowed)
      done(null, allowed[0]!.address, allowed[0]!.family)
    })
  }
}

/** An address that was written down is looked up by nobody. And whatever was looked up: what counts is who is at the other end. */
function publicPeer(connect: buildConnector.connector): buildConnector.connector {
  return (to, done) => {
    const host = to.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !isPublicAddress(host)) return done(notPublic(host), null)
    connect(to, (...answer) => {
      const [error, socket] = answer
      // An error comes alone, whatever its type says.
      if (error !== null || socket === null) return done(...answer)
      const address = socket.remoteAddress ?? ''
      if (isPublicAddress(address)) return done(null, socket)
      socket.destroy()
      done(notPublic(address), null)
    })
  }
}
