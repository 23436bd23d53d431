import { FiberWorkError } from '../../src/contract/index.ts'
import { Connection, type Reach, type Row } from './connection.ts'

/** A call that waits for a connection. */
interface Turn {
  take(connection: Connection): void
  fail(error: Error): void
}

/** A few connections for the calls of a process: whoever is free takes the next one, first come, first served. */
export class Pool {
  readonly #all: Connection[]
  readonly #free: Connection[]
  readonly #turns: Turn[] = []
  readonly #place: string
  #closed = false

  constructor(reach: Reach, size: number) {
    this.#place = reach.place
    this.#all = Array.from({ length: size }, () => new Connection(reach, 'fiber-work'))
    // The one used last is taken first: what is not needed is never opened.
    this.#free = this.#all.toReversed()
  }

  async query(text: string, values: readonly unknown[], verb: string): Promise<Row[]> {
    const connection = this.#free.pop() ?? (await this.#turn())
    try {
      return await connection.query(text, values, verb)
    } finally {
      this.#give(connection)
    }
  }

  /** The number that the server gave the first connection. */
  get processId(): number {
    return this.#all[0]!.processId
  }

  close(): void {
    this.#closed = true
    for (const turn of this.#turns.splice(0)) turn.fail(this.#error())
    for (const connection of this.#all) connection.close()
  }

  #turn(): Promise<Connection> {
    if (this.#closed) return Promise.reject(this.#error())
    return new Promise((take, fail) => this.#turns.push({ take, fail }))
  }

  #give(connection: Connection): void {
    const next = this.#turns.shift()
    if (next === undefined) this.#free.push(connection)
    else next.take(connection)
  }

  #error(): FiberWorkError {
    return new FiberWorkError('FW_DRIVER_CLOSED', `${this.#place}: the connection was closed.`)
  }
}
