import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import type { Api } from '../api.ts'
import type { Caller } from '../auth/caller.ts'
import { sessionMsMax } from '../auth/sessions.ts'
import { meOf } from '../operations/access.ts'
import { read } from '../perform.ts'
import { tokenCharsMax, type TokenDoor } from './authenticate.ts'
import { type CookieOptions, sessionCookie, sessionPath } from './cookie.ts'
import { credentialsOf } from './routes.ts'
import { FiberWorkError } from '../../contract/errors.ts'

const login = z.strictObject({ token: z.string().min(1).max(tokenCharsMax) })
const bodyBytesMax = 4_096

/** `/v1/session`: the web page shows a token once, and has a cookie from then on that no script can read. */
export function addSession(app: FastifyInstance, door: TokenDoor, api: () => Api, cookie: CookieOptions): void {
  const answer = (reply: FastifyReply, value: unknown) => {
    reply.type('application/json; charset=utf-8')
    return JSON.stringify(value)
  }
  // A server that this is mounted in speaks TLS by itself.
  const cookieOf = ({ raw: { socket } }: FastifyRequest): CookieOptions => ({
    ...cookie,
    secure: cookie.secure || 'encrypted' in socket,
  })
  const audit = ({ audit: log }: Api, caller: Caller, what: string) => log.add(caller, what, {})
  app.post(sessionPath, { bodyLimit: bodyBytesMax }, async (request, reply) => {
    const { token } = read(login, request.body, 'body') as z.output<typeof login>
    const { id, caller } = await door.login(token, request.ip)
    await audit(api(), caller, 'login')
    reply.header('set-cookie', sessionCookie(id, sessionMsMax / 1_000, cookieOf(request)))
    return answer(reply, meOf(api(), caller))
  })
  app.delete(sessionPath, async (request, reply) => {
    const credentials = credentialsOf(request)
    const { session, mayUseCookie } = credentials
    if (!mayUseCookie) throw new FiberWorkError('FW_API_ORIGIN', 'Only the page itself logs out.')
    const caller =
      session === undefined ? undefined : await Promise.resolve(door.caller(credentials)).catch(() => undefined)
    const ended = session !== undefined && (await door.logout(session))
    if (ended && caller?.by === 'session') await audit(api(), caller, 'logout')
    reply.header('set-cookie', sessionCookie('', 0, cookieOf(request)))
    return answer(reply, { ended })
  })
}
