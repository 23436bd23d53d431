import type { Env } from '../../src/base/env.ts'
import type { FiberWorkError } from '../../src/contract/index.ts'
import { loadIoredis } from './client.ts'
import { Connection } from './connection.ts'
import { dialler } from './connect.ts'
import { isNoFunction, isNoScript, isReply, mayNoFunctions, toFiberWorkError } from './errors.ts'
import type { Library, Script } from './scripts.ts'
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
  /** Whether this user may have functions, as far as we know. */
  #functions = true
  readonly #server: string
  readonly #prefix: string

  constructor(connection: Connection, { target, prefix }: Reach) {
    this.#connection = connection
    this.#server = target.address
    this.#prefix = prefix
  }

  /** A script with the prefix as its one key. */
  async run(script: Script, args: readonly Argument[]): Promise<unknown> {
    const given = [1, this.#prefix, ...args]
    try {
      const { called, library } = script
      const isFunction = called !== undefined && library !== undefined && this.#functions
      return await (isFunction ? this.#callFunction(called, library, script, given) : this.#evaluate(script, given))
    } catch (error) {
      throw this.#told(error, script.name, script)
    }
  }

  /** Out of our library, which is loaded where the server does not know it. */
  async #callFunction(called: string, library: Library, script: Script, given: Argument[]): Promise<unknown> {
    try {
      return await this.#connection.send('FCALL', [called, ...given])
    } catch (error) {
      if (mayNoFunctions(error)) this.#functions = false
      else if (!isNoFunction(error)) throw error
    }
    if (!(await this.#hasLibrary(library))) return this.#evaluate(script, given)
    return this.#connection.send('FCALL', [called, ...given])
  }

  /** False where it cannot be had: not allowed, or no memory for it now. */
  async #hasLibrary(library: Library): Promise<boolean> {
    if (!this.#functions) return false
    try {
      await this.#connection.send('FUNCTION', ['LOAD', library.text])
      return true
    } catch (error) {
      if (!isReply(error)) throw error
      if (mayNoFunctions(error)) this.#functions = false
      // Somebody else has loaded it meanwhile.
      return error.message.includes('already exists')
    }
  }

  /** By its SHA-1, and by its text where the server does not know it. */
  async #evaluate(script: Script, given: Argument[]): Promise<unknown> {
    try {
      return await this.#connection.send('EVALSHA', [script.sha, ...given])
    } catch (error) {
      if (!isNoScript(error)) throw error
    }
    return this.#connection.send('EVAL', [script.text, ...given])
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
