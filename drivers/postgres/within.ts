import type { Added, Settled, StoredJob } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { addedOf, jobArguments } from './batch.ts'
import { toFiberWorkError } from './errors.ts'
import type { Link } from './link.ts'
import { type Item, settleArguments, settledOf } from './settle.ts'
import { type FunctionName, valuesOf } from './statements.ts'

/** An open transaction of the user's own client on the same database: whatever answers the rows of a statement, or a result that has them. */
export interface PostgresTransaction {
  query(sql: string, params?: readonly unknown[]): Promise<readonly object[] | { readonly rows: readonly object[] }>
}

export interface Within {
  /**
   * Enqueue now, in the user's transaction: the jobs exist when it commits, and never did when it rolls back. Until then another
   * enqueue of the same id or unique key waits for it, and with a `depthMax` every other enqueue of the queue.
   */
  enqueue(jobs: StoredJob[]): Promise<Added[]>
  /** Settle in the user's transaction: the verdicts hold when it commits, fenced in the same step. A stale one changes nothing. */
  settle(items: Item[]): Promise<Settled[]>
}

export function withinTransaction(link: Link, transaction: PostgresTransaction): Within {
  const run = async (name: FunctionName, args: Parameters<typeof valuesOf>[0]): Promise<string> => {
    let result
    try {
      result = await transaction.query(link.statement(name), valuesOf(args))
    } catch (error) {
      throw toFiberWorkError(error, { place: link.settings.place, verb: name })
    }
    const [row] = 'rows' in result ? result.rows : result
    const answer = (row as { answer?: unknown } | undefined)?.answer
    if (typeof answer === 'string') return answer
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      'within(tx): tx.query(sql, params) did not answer rows, or a result with rows.',
    )
  }
  return {
    async enqueue(jobs) {
      if (jobs.length === 0) return []
      return addedOf(await run('enqueue_within', jobArguments(jobs)), jobs)
    },
    async settle(items) {
      if (items.length === 0) return []
      return settledOf(await run('settle_within', settleArguments(items)), items)
    },
  }
}
