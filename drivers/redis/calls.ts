import type { Env } from '../../src/base/env.ts'
import type { FiberWorkError } from '../../src/contract/index.ts'
import { loadIoredis } from './client.ts'
import { Connection } from './connection.ts'
import { dialler } from './connect.ts'
import { isNoScript, toFiberWorkError } from './errors.ts'
import type { Script } from './script.ts'
import type { Target } from './target.ts'

/** What it takes to reach the server; can be cloned to a thread where the target can. */
export interface Reach {
  target: Target
  prefix: string
  silenceMs: number
  connectTimeoutMs: number
}

type Argument = string | number

/** Calls over one connection; whatever fails, fails as an error of ours. */
export class Calls {
  readonly #connection: Connection
  readonly #server: string
  readonly #prefix: string

  constructor(connection: Connection, { target, prefix }: Reach) {
    this.#connection = connection
    this.#server = target.address
    this.#prefix = prefix
  }

  /** A script with the prefix as its one key: by its SHA-1, and by its text where the server does not know it. */
  async run(script: Script, args: readonly Argument[]): Promise<unknown> {
    try {
      return await this.#connection.send('EVALSHA', [script.sha, 1, this.#prefix, ...args])
    } catch (error) {
      if (!isNoScript(error)) throw this.#told(error, script.name, script)
    }
    try {
      return await this.#connection.send('EVAL', [script.text, 1, this.#prefix, ...args])
    } catch (error) {
      throw this.#told(error, script.name, script)
    }
  }

  async command(name: string, ...args: Argument[]): Promise<unknown> {
    try {
      return await this.#connection.send(name, args)
    } catch (error) {
      throw this.#told(error, name)
    }
  }

  close(): void {
    this.#connection.close()
  }

  #told(error: unknown, verb: string, script?: Script): FiberWorkError {
    return toFiberWorkError(error, { server: this.#server, verb, ...(script && { script }) })
  }
}

/** A connection that is not made yet. `name` is how the server's list of clients calls it. */
export function connectionTo(reach: Reach & { env: Env }, name: string, silenceMs = reach.silenceMs): Connection {
  const { env, target, prefix, connectTimeoutMs } = reach
  return new Connection({
    env,
    server: target.address,
    silenceMs,
    dial: dialler(loadIoredis, { env, target, prefix, connectTimeoutMs, name }),
  })
}
