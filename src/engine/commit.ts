import { FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import type { Driver, Reservation } from '../contract/driver.ts'
import type { CarriedTransaction, Transactor } from '../contract/transaction.ts'
import type { Settled, Verdict } from '../contract/verdict.ts'
import type { CommitOptions } from '../job/context.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { outside } from '../sandbox/storage.ts'
import { carriedTransactions } from '../sandbox/transaction.ts'
import { conclude } from './cleanup.ts'

/** What the handler gives to `job.commit`, without its types. */
export type Work = (tx: unknown) => unknown
export type Options = CommitOptions<unknown>
export type Commit = (fiber: Fiber, work: Work, options: Options) => Promise<unknown>

/** What a commit needs of the engine around it. */
export interface CommitPorts {
  driver: Driver
  /** The process's own. */
  db: Transactor<unknown> | undefined
  /** The verdict of a job that has come to this. */
  done: (fiber: Fiber, result: unknown) => Verdict
  /** The verdict of a job that has failed with this. */
  failed: (fiber: Fiber, error: unknown) => Promise<Verdict | undefined>
  /** Write a verdict in the store's own way. Throws when it does not answer. */
  settle: (loan: Reservation, verdict: Verdict) => Promise<Settled>
  /** It is settled before its end: nothing more may be written of it. */
  wrote: (fiber: Fiber, verdict: Verdict | undefined) => void
}

/** Writes a job's effects and its `done` in one transaction. */
export function committer(ports: CommitPorts): Commit {
  return async (fiber, work, { db = ports.db, ...tries }) => {
    check(fiber)
    if (db === undefined) throw new FiberWorkError('FW_DRIVER_TRAIT', 'job.commit(): this worker was given no `Db`.')
    const committing = new Committing(ports, fiber)
    try {
      const result = await db.transaction((tx) => committing.within(() => work(tx)), tries)
      committing.done()
      return result
    } catch (error) {
      return await committing.after(error)
    } finally {
      fiber.commit = undefined
    }
  }
}

/** One `job.commit`, however often its transaction is tried. */
class Committing {
  readonly #ports: CommitPorts
  readonly #fiber: Fiber
  /** As it was settled in the newest try. */
  verdict: Verdict | undefined
  #result: unknown

  constructor(ports: CommitPorts, fiber: Fiber) {
    this.#ports = ports
    this.#fiber = fiber
    fiber.commit = { root: undefined, followUps: [] }
  }

  async within(work: () => unknown): Promise<unknown> {
    const [transaction] = carriedTransactions()
    if (transaction === undefined) {
      throw new FiberWorkError(
        'FW_CONFIG_INVALID',
        'job.commit(): `db` is a `Db`: that itself, or what `createDb` answers.',
      )
    }
    const settle = settleIn(this.#ports.driver, transaction)
    const fiber = this.#fiber
    this.verdict = undefined
    fiber.commit = { root: transaction.root, followUps: [] }
    this.#result = await work()
    transaction.beforeCommit(async () => {
      await conclude(fiber)
      const verdict = this.#ports.done(fiber, this.#result)
      const [settled] = await outside(() => settle([{ receipt: fiber.loan.receipt, verdict }]))
      if (settled!.outcome === 'stale') throw this.#stale()
      this.verdict = verdict
    })
    return this.#result
  }

  /** It has committed. */
  done(): void {
    if (this.verdict !== undefined) return this.#ports.wrote(this.#fiber, this.verdict)
    throw new FiberWorkError('FW_JOB_INVALID', 'job.commit(): `db` has ended its transaction without a commit.')
  }

  /** The transaction has failed, or seems to have: what it came to. Answers the result where it took place all the same. */
  async after(error: unknown): Promise<unknown> {
    const code = isFiberWorkError(error) ? error.code : undefined
    if (code === 'FW_COMMIT_STALE') this.#ports.wrote(this.#fiber, undefined)
    if (this.verdict === undefined) throw error
    if (code === 'FW_DB_UNWRITTEN') this.#ports.wrote(this.#fiber, this.verdict)
    if (code !== 'FW_DB_UNREACHABLE') throw error
    return this.#inDoubt(error)
  }

  /**
   * Nobody knows whether it has committed, but the store's fence does: that the job has failed can be written only if it has not. The
   * question waits for a commit that is still under way.
   */
  async #inDoubt(error: unknown): Promise<unknown> {
    const { failed, settle, wrote } = this.#ports
    const fiber = this.#fiber
    try {
      const verdict = await failed(fiber, error)
      if (verdict !== undefined && (await settle(fiber.loan, verdict)).outcome === 'settled') {
        wrote(fiber, verdict)
        throw error
      }
      const isDone = await this.#isDone()
      wrote(fiber, isDone === true ? this.verdict : undefined)
      if (isDone === undefined) throw this.#unknown(error)
      if (!isDone) throw this.#stale()
      return this.#result
    } catch (cause) {
      if (fiber.written !== undefined) throw cause
      wrote(fiber, undefined)
      throw this.#unknown(cause)
    }
  }

  /** Whether this very loan has done it; undefined where no record tells. */
  async #isDone(): Promise<boolean | undefined> {
    const { job, attempts, crashes } = this.#fiber.loan
    const record = (await this.#ports.driver.inspector?.find([job.id]))?.[0]
    if (record === undefined) return undefined
    return record.state === 'done' && record.attempts === attempts && record.crashes === crashes
  }

  #stale(): FiberWorkError {
    const { name, id } = this.#fiber.loan.job
    return new FiberWorkError(
      'FW_COMMIT_STALE',
      `"${name}" ${id} was taken back before it committed: its transaction was rolled back, and the job runs elsewhere.`,
    )
  }

  #unknown(cause: unknown): FiberWorkError {
    const { name, id } = this.#fiber.loan.job
    const message = `"${name}" ${id}: the connection was lost while it committed, and nobody can tell whether it did. If it did, it is done; else it runs again.`
    return new FiberWorkError('FW_COMMIT_UNKNOWN', message, { cause })
  }
}

function check(fiber: Fiber): void {
  const { name, id } = fiber.loan.job
  const problem =
    fiber.commit !== undefined
      ? 'while another one is under way'
      : fiber.written !== undefined
        ? 'a second time, after the job was settled'
        : carriedTransactions().length > 0
          ? 'inside of `Db.transaction`; it opens a transaction of its own, so call it outside'
          : undefined
  if (problem === undefined) return
  throw new FiberWorkError('FW_JOB_INVALID', `job.commit() of "${name}" ${id} was called ${problem}.`)
}

/** Throws where the jobs do not live in the transaction's database. */
function settleIn(
  driver: Driver,
  transaction: CarriedTransaction,
): NonNullable<ReturnType<NonNullable<Driver['settleIn']>>> {
  const settle = driver.settleIn?.(transaction)
  if (settle !== undefined) return settle
  const { dialect, place } = transaction
  const what =
    driver.settleIn === undefined
      ? `the ${driver.name} driver cannot settle jobs in a transaction of yours (\`settleIn\`)`
      : `the transaction is in ${dialect} ${place}, and the jobs of the ${driver.name} driver live elsewhere`
  const remedy =
    'Keep the jobs in the database of their effects, or point `Db` there (`Db.configure`, or `{ db: createDb(url) }`); without that, make the effect idempotent and use `Db.transaction`.'
  throw new FiberWorkError('FW_DRIVER_TRAIT', `job.commit(): ${what}. ${remedy}`)
}
