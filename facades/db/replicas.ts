import { emit } from '../../src/base/emit.ts'
import { isFiberWorkError } from '../../src/contract/errors.ts'
import { Database } from './database.ts'
import type { Task } from './task.ts'

/** One that did not answer is left alone for this long. */
const downMs = 10_000

/** The read-only copies of a database, in turns; the database itself where none answers. */
export class Replicas {
  readonly #primary: Database
  readonly #copies: { database: Database; downUntilMs: number }[]
  #turn = 0

  constructor(primary: Database) {
    this.#primary = primary
    const { settings, env, name } = primary
    this.#copies = settings.replicas.map((url, n) => ({
      database: new Database(`${name}, replica ${n + 1}`, { ...settings, url, replicas: [] }, env),
      downUntilMs: 0,
    }))
  }

  /** What only reads may be run again elsewhere. */
  async any<T>(task: Task, work: (database: Database) => Promise<T>): Promise<T> {
    for (let tries = 0; tries < this.#copies.length; tries++) {
      const copy = this.#copies[this.#turn++ % this.#copies.length]!
      if (copy.downUntilMs > this.#primary.env.monoMs()) continue
      try {
        return await work(copy.database)
      } catch (caught) {
        const error = copy.database.asError(caught)
        if (task.stopped !== undefined || !isFiberWorkError(error) || error.code !== 'FW_DB_UNREACHABLE') throw error
        copy.downUntilMs = this.#primary.env.monoMs() + downMs
        const { name, target } = copy.database
        emit('db.replicaDown', () => ({ connection: name, replica: target.place, error }))
      }
    }
    return work(this.#primary)
  }

  async close(): Promise<void> {
    await Promise.all(this.#copies.map(({ database }) => database.close()))
  }
}
