import { carriedTransactions } from '../../src/sandbox/transaction.ts'
import { defineJob, defineQueue, type JobContext, type OwnDb, unchecked } from '../../src/index.ts'
import type { AnyHandler, Definition } from '../../src/job/definition.ts'
import type { Point, Way } from './points.ts'

/** A job that was killed so often is let be: three times on probation, and it would be quarantined. */
const killsMax = 2

export interface TrialNames {
  queue: string
  /** `(job, step, token)`, without a unique key: what is written twice is there twice. */
  table: string
}

/** Called at each point of a job; it may not return. */
export type Reach = (point: Point) => void | Promise<void>

export interface TrialScene extends TrialNames {
  db: OwnDb
  way: Way
  reach: Reach
}

/** What producers know of the jobs. */
export function definitions({ queue }: TrialNames): { charge: Definition<void>; note: Definition<string> } {
  const line = defineQueue(queue)
  const keep = { count: 1_000_000, ageMs: 3_600_000 }
  return {
    charge: defineJob('charge', { queue: line, keep }),
    // At once, so that processes are killed beside it.
    note: defineJob('note', { queue: line, keep, priority: 9, input: unchecked<string>() }),
  }
}

/** Two effects, a follow-up with one of its own, and a token by which the record's result is known to be of the very same run. */
export function handlers(scene: TrialScene): AnyHandler[] {
  const { charge, note } = definitions(scene)
  const { db, table } = scene
  const write = (job: string, step: number, token: string) =>
    db.run(`insert into ${table} (job, step, token) values ('${job}', ${step}, '${token}')`)
  return [
    charge.handle(async (_: void, job: JobContext) => {
      const reach: Reach = (point) => (job.crashes < killsMax ? scene.reach(point) : undefined)
      const token = `${process.pid}-${job.attempt}-${job.crashes}`
      await reach('before begin')
      const effects = async (): Promise<string> => {
        await reach('after begin')
        if (scene.way !== 'outside') await write(job.id, 1, token)
        await reach('after the first statement')
        await write(job.id, 2, token)
        await reach('after the second statement')
        await job.enqueue(note, job.id)
        await reach('before settle')
        return token
      }
      if (scene.way === 'outside') await write(job.id, 1, token)
      if (scene.way === 'apart') await watched(db, reach).transaction(effects)
      else await job.commit(effects, { db: watched(db, reach) })
      await reach('after the reply')
      // Its handler has ended by then, and other jobs run.
      if (job.crashes < killsMax) setTimeout(() => void scene.reach('after the handler'), 5)
      return token
    }) as AnyHandler,
    note.handle(async (of: string, job: JobContext) => {
      await job.commit(() => write(of, 3, job.id), { db })
    }) as AnyHandler,
  ]
}

/** The same database, with points around the commit itself. */
function watched(db: OwnDb, reach: Reach): Pick<OwnDb, 'transaction'> {
  return {
    async transaction(work, options) {
      const answer = await db.transaction(async (tx) => {
        const value = await work(tx)
        // Behind what the engine does as the last thing before the commit.
        carriedTransactions()[0]!.beforeCommit(async () => {
          await reach('after settle, before commit')
          await reach('during commit')
        })
        return value
      }, options)
      await reach('after commit, before its reply')
      return answer
    },
  }
}
