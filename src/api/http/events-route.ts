import type { FastifyInstance } from 'fastify'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Api } from '../api.ts'
import { demand } from '../auth/caller.ts'
import { read } from '../perform.ts'
import { eventFilter } from '../schemas/event.ts'
import { isAtWork } from './at-work.ts'
import type { Door } from './authenticate.ts'
import { credentialsOf } from './routes.ts'

const watchersMax = 100
/** A comment now and then keeps what stands between from closing the connection. */
const aliveMs = 5_000
/** Somebody who does not read so much is let go, and may come back. */
const unreadBytesMax = 1024 * 1024

/** `/v1/events`: what happens, as it happens, as Server-Sent Events. */
export function addEvents(app: FastifyInstance, door: Door, api: () => Api): void {
  const ends = new Set<() => void>()
  app.get('/v1/events', async (request, reply) => {
    const credentials = credentialsOf(request)
    const caller = await door.caller(credentials)
    demand(caller, 'see')
    const filter = read(eventFilter, request.query, 'query') as ReturnType<typeof eventFilter.parse>
    const { env, hub } = api()
    if (hub.watching >= watchersMax) {
      throw new FiberWorkError('FW_API_TOO_MANY', `${watchersMax} watch already; that is all that are let in at once.`)
    }
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      // What packs the answers of a server that this is mounted in would hold it back.
      'cache-control': 'no-store, no-transform',
      'x-content-type-options': 'nosniff',
      // Proxies that gather an answer before they pass it on are asked not to.
      'x-accel-buffering': 'no',
    })
    raw.write('retry: 1000\n\n')
    const end = () => {
      leave()
      env.clearTimer(timer)
      env.clearTimer(guard)
      ends.delete(end)
      if (!raw.writableEnded) raw.end()
    }
    const leave = hub.add(caller, filter, (text) => {
      raw.write(text)
      if (raw.writableLength > unreadBytesMax) raw.destroy()
    })
    const alive = () => {
      raw.write(': alive\n\n')
      timer = env.setTimer(alive, aliveMs, 'idle')
    }
    let timer = env.setTimer(alive, aliveMs, 'idle')
    const look = () => isAtWork(app, lookAgain())
    const lookAgain = async () => {
      // A store that does not answer turns nobody out.
      const holds = await door.holds(credentials).catch(() => true)
      if (!ends.has(end)) return
      if (holds) guard = env.setTimer(look, door.holdsMs, 'idle')
      else end()
    }
    // A token is revoked, a session ends.
    let guard = env.setTimer(look, door.holdsMs, 'idle')
    ends.add(end)
    raw.once('close', end)
  })
  app.addHook('preClose', async () => {
    for (const end of ends) end()
  })
}
