import type { Added, Settled, StoredJob } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { arriveInto, isSimple, type Numbered } from './arrive.ts'
import { enqueueInto, readForEnqueue } from './enqueue.ts'
import { toFiberWorkError } from './errors.ts'
import { type Asking, guestSql } from './guest.ts'
import type { Link } from './link.ts'
import { type Item, settleInto } from './settle.ts'
import { Unit } from './unit.ts'

export interface Within {
  /**
   * Enqueue now, in the user's transaction: the jobs exist when it commits, and never did when it rolls back. Workers see them within
   * `pollMs`. Nothing of the queue is locked meanwhile, except where a job replaces another one, or the queue has a `depthMax`: then the
   * queue stands still until the commit.
   * @throws FW_CONFIG_INVALID FW_STORE_FAILED
   */
  enqueue(jobs: StoredJob[]): Promise<Added[]>
}

export function withinTransaction(link: Link, connect: () => Promise<void>, guest: Asking): Within {
  return {
    async enqueue(jobs) {
      if (jobs.length === 0) return []
      await connect()
      const numbered = await numbersFor(link, jobs)
      return guarded(link, 'within', async () => {
        const sql = guestSql(guest, link.t)
        await checkPlace(link, guest)
        if (numbered !== undefined) return arriveInto(sql, numbered, jobs)
        const unit = new Unit(sql)
        const taken = { ids: new Map(), all: true }
        await readForEnqueue(unit, link.names, jobs, taken)
        const added = enqueueInto(unit, jobs, taken)
        await sql.run(unit.flush())
        return added
      })
    },
  }
}

/** In a short transaction of our own: whoever enqueues must not keep the queue's counter locked until he commits. */
function numbersFor(link: Link, jobs: readonly StoredJob[]): Promise<Numbered | undefined> {
  const queues = new Set(jobs.map(({ queue }) => queue))
  return link.transact(
    'within',
    async (unit) => {
      const qs = [...queues].map((name) => link.names.of(name)!)
      const groups = qs.map((q) =>
        unit.linesOf(
          q,
          jobs.filter(({ queue }) => link.names.of(queue) === q).map(({ group }) => group),
        ),
      )
      await unit.ask([...unit.locking(qs), ...groups])
      if (!isSimple(unit, jobs)) {
        unit.discarded = true
        return undefined
      }
      return jobs.map((job) => {
        const queue = unit.queueOf(job.queue)
        return { q: queue.q, line: unit.line(queue, job.group).line, n: unit.next(queue) }
      })
    },
    queues,
  )
}

/** The verdicts hold when the user's transaction commits. */
export async function settleWithin(link: Link, guest: Asking, items: readonly Item[]): Promise<Settled[]> {
  const queues = new Set(items.flatMap(({ verdict }) => verdict.followUps ?? []).map(({ queue }) => queue))
  await link.use('settle', (connection) => link.names.make(connection, queues))
  return guarded(link, 'settle', async () => {
    const unit = new Unit(guestSql(guest, link.t))
    const settled = await settleInto(unit, link.names, items, { taken: { ids: new Map(), all: true } })
    await unit.sql.run(unit.flush())
    return settled
  })
}

/** The tables are found by their names: they must be those of the database that the jobs are in. */
async function checkPlace({ settings, t, facts }: Link, guest: Asking): Promise<void> {
  const [[row] = []] = await guestSql(guest, t).run([
    `select database() as place, ${facts?.isMaria === true ? '@@in_transaction' : '1'} as open`,
  ])
  const [place, open] = row ?? []
  if (place !== settings.server.database) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `within(tx): tx is on "${place ?? ''}", the jobs are in "${settings.server.database}".`,
    )
  }
  if (open === 0)
    throw new FiberWorkError('FW_CONFIG_INVALID', 'within(tx): tx has no open transaction; begin one first.')
}

async function guarded<T>({ settings: { place } }: Link, verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toFiberWorkError(error, { place, verb })
  }
}
