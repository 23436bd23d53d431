import type { Client, Dispatcher } from 'undici'
import { systemEnv } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Fiber } from '../../src/sandbox/fiber.ts'
import { peekFiber } from '../../src/sandbox/storage.ts'
import { Http, type OwnHttpClient } from './client.ts'
import { Deadlines } from './deadlines.ts'
import type { Door } from './exchange.ts'
import type { Connection, Group } from './line.ts'
import { mockedDoors } from './mocked.ts'
import { Pool } from './pool.ts'

/** Sends a request nowhere, and answers it. */
export type Answerer = (
  options: Dispatcher.DispatchOptions & { origin: string },
  handler: Dispatcher.DispatchHandler,
) => unknown

/** Requests that go to somebody who answers, and not to the network. */
export interface HttpMock {
  /** A client of which all requests do. */
  client: OwnHttpClient
  /** So does everything that this job requests, through whatever client of ours. */
  answerFor(fiber: Fiber): void
  /** Is the one that runs here such a job? */
  answersHere(): boolean
}

export function mockHttp(answer: Answerer): HttpMock {
  const door = doorTo(answer)
  return {
    client: new Http({}, door),
    answerFor: (fiber) => mockedDoors.add(fiber, door),
    answersHere: () => {
      const fiber = peekFiber()
      return fiber !== undefined && mockedDoors.of(fiber) === door
    },
  }
}

function doorTo(answer: Answerer): Door {
  const group: Group = {
    max: Infinity,
    originMax: Infinity,
    mayMultiplex: false,
    open: (connection) => standInFor(connection, answer),
    lines: new Map(),
    starved: new Set(),
    idle: new Set(),
    count: 0,
  }
  return { env: systemEnv, pool: new Pool(Infinity), group, deadlines: new Deadlines(systemEnv) }
}

/** As much of an undici client as a connection uses. It never connects, so that nothing is kept alive. */
function standInFor({ line }: Connection, answer: Answerer): Client {
  const dispatch = (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => {
    try {
      answer({ ...options, origin: line.origin }, handler)
    } catch (error) {
      const failure = error instanceof Error ? error : new FiberWorkError('FW_HTTP_FAILED', String(error))
      handler.onResponseError?.(undefined as never, failure)
    }
    return true
  }
  return { dispatch, destroy: async () => {} } as unknown as Client
}
