import { FiberWorkError } from '../../contract/errors.ts'
import type { Caller } from '../auth/caller.ts'
import { roles } from '../auth/roles.ts'
import { type Credentials, type Door, unauthenticated } from '../http/authenticate.ts'
import type { DashboardOptions } from './options.ts'

type Authorize = NonNullable<DashboardOptions['authorize']>

/** Whom the server knows that the dashboard is mounted in. */
export class HostDoor implements Door {
  /** It may have to look into a database. */
  readonly holdsMs = 15_000
  readonly #authorize: Authorize

  constructor(authorize: Authorize) {
    this.#authorize = authorize
  }

  async caller({ raw, address, mayUseCookie }: Credentials): Promise<Caller> {
    const user = await this.#authorize(raw)
    if (user === undefined) throw unauthenticated('The server that this is mounted in does not let you in.')
    // What it knows somebody by may be a cookie, which browsers send along for anybody.
    if (!mayUseCookie && raw.headers.cookie !== undefined)
      throw new FiberWorkError('FW_API_ORIGIN', 'With a cookie only the page acts that this server has served.')
    const { name, role, queues } = user
    if (typeof name !== 'string' || !roles.includes(role))
      throw new FiberWorkError(
        'FW_CONFIG_INVALID',
        `\`authorize\` has answered the role ${JSON.stringify(role)}; there are ${roles.join(', ')}, and a name is needed too.`,
      )
    return { name, role, by: 'host', address, ...(queues !== undefined && { queues }) }
  }

  async holds({ raw }: Credentials): Promise<boolean> {
    return (await this.#authorize(raw)) !== undefined
  }
}
