import { backoffMs } from '../../src/base/backoff.ts'
import { sleep } from '../../src/base/env.ts'
import { FiberWorkError, isFiberWorkError } from '../../src/contract/errors.ts'
import { reasonOf } from '../../src/sandbox/facade.ts'
import { outside } from '../../src/sandbox/storage.ts'
import { carryTransaction } from '../../src/sandbox/transaction.ts'
import type { Database } from './database.ts'
import { invalid } from './options.ts'
import { Task } from './task.ts'
import { Transaction } from './transaction.ts'
import type { BeginOptions } from './wire.ts'

export interface TransactOptions extends BeginOptions {
  signal?: AbortSignal
  /** Run it again, so often, when the database gives it up for another one (`FW_DB_CONFLICT`). 0 by default. */
  retries?: number
  /** Undo it at the end, whatever comes of it: for tests. */
  rollBack?: boolean
}

/** A job waits this long at its end for its transactions to be undone. */
const undoMsMax = 10_000
const pause = { kind: 'exponential', baseMs: 20, maxMs: 1_000, jitter: 'full' } as const
const key = Symbol('open transactions')

/** A transaction in somebody's hands: of a job, it ends with the job. */
export class Held {
  readonly transaction: Transaction
  readonly #task: Task
  readonly #others: Set<Held> | undefined

  private constructor(transaction: Transaction, task: Task, others: Set<Held> | undefined) {
    this.transaction = transaction
    this.#task = task
    this.#others = others
    others?.add(this)
    task.onStop = () => void transaction.abort(task.stopped!.error)
  }

  /** A savepoint where there is one around it. */
  static async begin(database: Database, outer: Transaction | undefined, options: TransactOptions): Promise<Held> {
    if (outer !== undefined) checkNested(outer, options)
    const what = outer === undefined ? 'a transaction' : 'a savepoint'
    const limits = { timeoutMs: undefined, signal: options.signal }
    const task = new Task(database, what, `db ${database.name}: ${what}`, limits)
    try {
      const others = openOf(task)
      return await task.run(async () => {
        const begun = outer === undefined ? Transaction.begin(database, task, options) : Transaction.within(outer)
        const held = new Held(await begun, task, others)
        if (task.stopped !== undefined) {
          await held.transaction.abort(task.stopped.error)
          others?.delete(held)
        }
        return held
      })
    } catch (error) {
      task.end(error)
      throw error
    }
  }

  /** Rejects at once when it is told to stop. */
  guard<T>(work: () => Promise<T>): Promise<T> {
    return this.#task.guard(work)
  }

  /** From the first word of the commit itself on, nothing stops it. Throws `FW_DB_UNWRITTEN` when it has committed, and what had waited for that failed. */
  async commit(): Promise<void> {
    await this.guard(() => this.transaction.prepare())
    this.#task.settle()
    const afterwards = await outside(() => this.transaction.commit())
    const failed = (await Promise.allSettled(afterwards.map((run) => run()))).find(
      ({ status }) => status === 'rejected',
    )
    if (failed !== undefined) throw unwritten(this.transaction.database.name, (failed as PromiseRejectedResult).reason)
  }

  rollback(why?: unknown): Promise<void> {
    return outside(() => this.transaction.rollback(why))
  }

  end(error: unknown): void {
    this.#others?.delete(this)
    this.#task.end(error)
  }

  /** The job ends, and it is still open. */
  async leave(): Promise<void> {
    const { call } = this.#task
    if (call === undefined) return
    this.#task.left = true
    const reason = reasonOf({ kind: 'settled', error: undefined }, call.what)
    this.#task.stop(reason)
    await outside(() => this.transaction.abort(reason))
  }
}

/** `work` in a transaction: committed when it has returned, undone when it throws. */
export async function transact<T>(
  database: Database,
  outer: Transaction | undefined,
  work: (transaction: Transaction) => Promise<T> | T,
  options: TransactOptions,
): Promise<T> {
  const { retries = 0 } = options
  for (let tries = 1; ; tries++) {
    try {
      return await once(database, outer, work, options)
    } catch (error) {
      const again = isFiberWorkError(error) && error.code === 'FW_DB_CONFLICT' && outer === undefined
      if (!again || tries > retries) throw error
      await sleep(
        database.env,
        backoffMs(pause, tries, () => database.env.random()),
        options.signal,
      )
    }
  }
}

async function once<T>(
  database: Database,
  outer: Transaction | undefined,
  work: (transaction: Transaction) => Promise<T> | T,
  options: TransactOptions,
): Promise<T> {
  const held = await Held.begin(database, outer, options)
  let failed: { error: unknown } | undefined
  try {
    const value = await held.guard(() => carryTransaction(held.transaction, async () => work(held.transaction)))
    if (options.rollBack === true) await held.rollback()
    else await held.commit()
    return value
  } catch (error) {
    failed = { error }
    await held.rollback(error)
    throw error
  } finally {
    held.end(failed?.error)
  }
}

/** Those of the job that are open: whatever its handler does, they do not outlive it. */
function openOf({ call }: Task): Set<Held> | undefined {
  return call?.fiber.scope.use(key, () => new Set<Held>(), {
    what: 'the open transactions of Db',
    withinMs: undoMsMax,
    dispose: (open) => Promise.all([...open].reverse().map((held) => held.leave())),
  })
}

function checkNested(outer: Transaction, { isolation, readOnly }: TransactOptions): void {
  const around = outer.options
  if (isolation !== undefined && isolation !== around.isolation) {
    throw invalid(
      `A transaction inside of another one has its isolation (${around.isolation ?? 'the database’s own'}).`,
    )
  }
  if (readOnly !== undefined && readOnly !== (around.readOnly ?? false)) {
    throw invalid('A transaction inside of another one reads and writes as that does.')
  }
}

function unwritten(connection: string, cause: unknown): FiberWorkError {
  const said = cause instanceof Error ? `: ${cause.message}` : ''
  const message = `Db "${connection}": the transaction has committed, but jobs that were enqueued in it could not be written${said}`
  return new FiberWorkError('FW_DB_UNWRITTEN', message, { cause })
}
