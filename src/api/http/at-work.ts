import type { FastifyInstance, RouteOptions } from 'fastify'
import { type Env, within } from '../../base/env.ts'

const atWork = new WeakMap<FastifyInstance, Set<Promise<unknown>>>()

/**
 * Closing the server waits for its handlers, whether or not somebody waits for their answers still: the connections are cut at once, and a handler
 * whose client has gone would otherwise run on over a store that is closed. It waits for `closeMs` at most, and tells `failed` of what is at work then.
 */
export function waitForHandlers(
  app: FastifyInstance,
  env: Env,
  closeMs: number,
  failed: (error: unknown) => void,
): void {
  const mine = new Set<Promise<unknown>>()
  atWork.set(app, mine)
  app.addHook('onRoute', (route) => {
    const { handler } = route
    route.handler = function (this: ThisParameterType<RouteOptions['handler']>, request, reply) {
      const answering: unknown = handler.call(this, request, reply)
      if (answering instanceof Promise) isAtWork(app, answering)
      return answering
    }
  })
  app.addHook('onClose', async () => {
    if (await within(env, closeMs, Promise.allSettled(mine))) return
    const what = mine.size === 1 ? '1 request is' : `${mine.size} requests are`
    failed(new Error(`${what} still at work ${closeMs} ms after the API was closed`))
  })
}

/** What a handler has left behind: closing waits for it as for a handler. */
export function isAtWork(app: FastifyInstance, working: Promise<unknown>): void {
  const mine = atWork.get(app)
  if (mine === undefined) return
  const isOver = () => mine.delete(working)
  mine.add(working)
  working.then(isOver, isOver)
}
