import type { AuditPageView, AuditQuery, MeView, TokenView } from '../operations/access.ts'
import type { Role } from '../auth/roles.ts'
import type { Page } from './jobs.ts'
import { part, type Transport } from './transport.ts'

export interface NewToken {
  name: string
  role: Role
  /** Only these queues; one that ends in `*` means all that begin so. */
  queues?: string[]
  expiresInMs?: number
  /** On average; 20,000 by default. */
  requestsPerSecond?: number
}

/** Tokens, and what was done with them. Every method throws `ApiError`. */
export class AccessApi {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** As whom one is known, what one may, and what the store can do. */
  whoami(): Promise<MeView> {
    return this.#transport.call({ method: 'GET', path: '/v1/whoami' }) as Promise<MeView>
  }

  /** For a page that the API has served: from now on its cookie stands for the token. */
  login(token: string): Promise<MeView> {
    return this.#transport.call({ method: 'POST', path: '/v1/session', body: { token } }) as Promise<MeView>
  }

  /** Ends the session of the cookie. */
  async logout(): Promise<void> {
    await this.#transport.call({ method: 'DELETE', path: '/v1/session' })
  }

  async tokens(): Promise<TokenView[]> {
    return ((await this.#transport.call({ method: 'GET', path: '/v1/tokens' })) as { tokens: TokenView[] }).tokens
  }

  /** The answer is the only time that the token is shown. */
  addToken(token: NewToken): Promise<{ name: string; role: Role; token: string }> {
    return this.#transport.call({ method: 'POST', path: '/v1/tokens', body: token }) as Promise<{
      name: string
      role: Role
      token: string
    }>
  }

  async revokeToken(name: string): Promise<void> {
    await this.#transport.call({ method: 'DELETE', path: `/v1/tokens/${part(name)}` })
  }

  /** What operators have done, newest first. A page may have fewer entries than `limit`, and a cursor to go on with. */
  audit(filterAndPage: AuditQuery & Page = {}): Promise<AuditPageView> {
    return this.#transport.call({
      method: 'GET',
      path: '/v1/audit',
      query: { ...filterAndPage },
    }) as Promise<AuditPageView>
  }
}
