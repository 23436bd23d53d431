import type { Env } from '../../base/env.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Caller } from '../auth/caller.ts'
import type { TokenBook } from '../auth/token-book.ts'
import { callerOf } from '../auth/tokens.ts'
import { Throttle } from './throttle.ts'

const requestsPerSecond = 20_000
/** Of one address, with a token that is none. */
const failuresPerSecond = 10
/** No token of ours is longer. */
const tokenCharsMax = 512

export interface Credentials {
  authorization: string | undefined
  address: string
  /** Something has passed the request on: its headers say so. */
  forwarded: boolean
}

export interface DoorOptions {
  env: Env
  tokens: () => TokenBook
  /** It listens on loopback, and nothing was said of a proxy: without any token, whoever comes is from this machine. */
  local: boolean
}

/** Who comes in, and as whom. */
export class Door {
  readonly #options: DoorOptions
  readonly #requests: Throttle
  readonly #failures: Throttle

  constructor(options: DoorOptions) {
    this.#options = options
    this.#requests = new Throttle(options.env)
    this.#failures = new Throttle(options.env)
  }

  /** Throws, or rejects with, `FW_API_UNAUTHENTICATED`, `FW_API_TOO_MANY`. */
  caller(credentials: Credentials): Caller | Promise<Caller> {
    const { authorization } = credentials
    if (authorization !== undefined) return this.#withToken(authorization, credentials)
    const { tokens, local } = this.#options
    if (!local) throw tokenWanted()
    const any = tokens().any()
    return any instanceof Promise ? any.then((late) => fromHere(credentials, late)) : fromHere(credentials, any)
  }

  async #withToken(authorization: string, { address }: Credentials): Promise<Caller> {
    const { tokens } = this.#options
    const token = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1]
    const record = token === undefined || token.length > tokenCharsMax ? undefined : await tokens().find(token)
    if (record === undefined) {
      if (!this.#failures.admits(address, failuresPerSecond))
        throw tooMany('There are too many wrong tokens from this address.')
      throw unauthenticated('This token is unknown, revoked or has expired.')
    }
    if (!this.#requests.admits(record.name, record.requestsPerSecond ?? requestsPerSecond)) {
      throw tooMany(`"${record.name}" sends more requests a second than it may.`)
    }
    return callerOf(record, address)
  }
}

/** Whoever comes to a loopback port without a token, where there may be none. */
function fromHere({ address, forwarded }: Credentials, anyToken: boolean): Caller {
  if (anyToken) throw tokenWanted()
  if (forwarded) {
    throw unauthenticated(
      'Something passes requests on to this port, which has no tokens: say --behind-proxy and make one.',
    )
  }
  return { name: 'local', role: 'admin', address }
}

const tokenWanted = (): FiberWorkError => unauthenticated('Send the header `authorization` with `Bearer TOKEN`.')

const unauthenticated = (why: string): FiberWorkError =>
  new FiberWorkError('FW_API_UNAUTHENTICATED', `The API wants a token. ${why}`)

const tooMany = (what: string): FiberWorkError =>
  new FiberWorkError('FW_API_TOO_MANY', `${what} Try again in a second.`)
