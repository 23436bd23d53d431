import type { IncomingMessage } from 'node:http'
import type { Env } from '../../base/env.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Ledger } from '../../contract/ledger.ts'
import type { Caller } from '../auth/caller.ts'
import { Sessions } from '../auth/sessions.ts'
import type { TokenBook } from '../auth/token-book.ts'
import { callerOf, type TokenRecord } from '../auth/tokens.ts'
import { Throttle } from './throttle.ts'

const requestsPerSecond = 20_000
/** Of one address, with a token that is none. */
const failuresPerSecond = 10
/** Of one address, for sessions that this process does not know. */
const looksPerSecond = 20
/** Of one token: each is a record for half a day. */
const loginsPerSecond = 5
/** No token of ours is longer. */
export const tokenCharsMax = 512

export interface Credentials {
  authorization: string | undefined
  /** The id in the cookie of the web page. */
  session: string | undefined
  /** It only reads, or a page of ours sends it: nobody else may act with our cookie. */
  mayUseCookie: boolean
  address: string
  /** Something has passed the request on: its headers say so. */
  forwarded: boolean
  /** As it came. */
  raw: IncomingMessage
}

/** Who comes in, and as whom. */
export interface Door {
  /** Throws, or rejects with, `FW_API_UNAUTHENTICATED`, `FW_API_ORIGIN`, `FW_API_TOO_MANY`. */
  caller(credentials: Credentials): Caller | Promise<Caller>
  /** Would whoever came in so come in still? For what goes on after the request: it counts as none. */
  holds(credentials: Credentials): Promise<boolean>
  /** How often that should be asked, in milliseconds. */
  readonly holdsMs: number
}

export interface DoorOptions {
  env: Env
  tokens: () => TokenBook
  /** Where sessions are kept; undefined where the store keeps no records. */
  ledger: () => Ledger | undefined
  /** It listens on loopback, and nothing was said of a proxy: without any token, whoever comes is from this machine. */
  local: boolean
}

/** Whoever has a token, or a session that one has opened; and on a port of this machine, while there is no token, whoever comes. */
export class TokenDoor implements Door {
  readonly holdsMs = 1_000
  readonly #options: DoorOptions
  readonly #requests: Throttle
  readonly #failures: Throttle
  readonly #looks: Throttle
  readonly #logins: Throttle
  readonly #sessions: Sessions

  constructor(options: DoorOptions) {
    this.#options = options
    this.#requests = new Throttle(options.env)
    this.#failures = new Throttle(options.env)
    this.#sessions = new Sessions(options)
    this.#looks = new Throttle(options.env)
    this.#logins = new Throttle(options.env)
  }

  caller(credentials: Credentials): Caller | Promise<Caller> {
    if (credentials.authorization !== undefined) return this.#withToken(credentials.authorization, credentials)
    return credentials.session === undefined
      ? this.#fromHere(credentials)
      : this.#withSession(credentials.session, credentials)
  }

  /** Begins a session for a token; `id` is for its cookie. Rejects as `caller` does. */
  async login(token: string, address: string): Promise<{ id: string; caller: Caller }> {
    const record = await this.#recordOf(token, address)
    if (!this.#logins.admits(record.name, loginsPerSecond)) throw tooMany(`"${record.name}" logs in too often.`)
    return { id: await this.#sessions.begin(record), caller: callerOf(record, address, 'session') }
  }

  /** Answers whether there was one. */
  logout(id: string): Promise<boolean> {
    return this.#sessions.end(id)
  }

  async holds({ authorization, session, forwarded }: Credentials): Promise<boolean> {
    const { tokens, local } = this.#options
    if (authorization !== undefined) return (await tokens().find(tokenIn(authorization) ?? '')) !== undefined
    if (session !== undefined && (await this.#sessions.find(session)) !== undefined) return true
    return local && !forwarded && !(await tokens().any())
  }

  async #withToken(authorization: string, { address }: Credentials): Promise<Caller> {
    const record = await this.#recordOf(tokenIn(authorization), address)
    this.#count(record)
    return callerOf(record, address, 'token')
  }

  async #withSession(id: string, credentials: Credentials): Promise<Caller> {
    const record = await this.#sessions.find(id, () => this.#looks.admits(credentials.address, looksPerSecond))
    // A cookie of yesterday keeps nobody out who needs none.
    if (record === undefined) return this.#fromHere(credentials, 'Your session has ended: log in again.')
    if (!credentials.mayUseCookie) {
      throw new FiberWorkError('FW_API_ORIGIN', 'With a session only the page acts that this server has served.')
    }
    this.#count(record)
    return callerOf(record, credentials.address, 'session')
  }

  async #recordOf(token: string | undefined, address: string): Promise<TokenRecord> {
    const { tokens } = this.#options
    const record = token === undefined || token.length > tokenCharsMax ? undefined : await tokens().find(token)
    if (record !== undefined) return record
    if (!this.#failures.admits(address, failuresPerSecond))
      throw tooMany('There are too many wrong tokens from this address.')
    throw unauthenticated('This token is unknown, revoked or has expired.')
  }

  #count({ name, requestsPerSecond: most = requestsPerSecond }: TokenRecord): void {
    if (!this.#requests.admits(name, most)) throw tooMany(`"${name}" sends more requests a second than it may.`)
  }

  /** Whoever shows nothing that is worth anything. */
  #fromHere(credentials: Credentials, why?: string): Caller | Promise<Caller> {
    const { tokens, local } = this.#options
    if (!local) throw tokenWanted(why)
    const any = tokens().any()
    return any instanceof Promise
      ? any.then((late) => fromHere(credentials, late, why))
      : fromHere(credentials, any, why)
  }
}

function tokenIn(authorization: string): string | undefined {
  return /^Bearer +([\x21-\x7e]+)$/i.exec(authorization)?.[1]
}

/** Whoever comes to a loopback port without a token, where there may be none. */
function fromHere({ address, forwarded }: Credentials, anyToken: boolean, why: string | undefined): Caller {
  if (anyToken) throw tokenWanted(why)
  if (forwarded) {
    throw unauthenticated(
      'Something passes requests on to this port, which has no tokens: say --behind-proxy and make one.',
    )
  }
  return { name: 'local', role: 'admin', by: 'machine', address }
}

const tokenWanted = (why = 'Send the header `authorization` with `Bearer TOKEN`.'): FiberWorkError =>
  unauthenticated(why)

export const unauthenticated = (why: string): FiberWorkError =>
  new FiberWorkError('FW_API_UNAUTHENTICATED', `The API wants a token. ${why}`)

const tooMany = (what: string): FiberWorkError =>
  new FiberWorkError('FW_API_TOO_MANY', `${what} Try again in a second.`)
