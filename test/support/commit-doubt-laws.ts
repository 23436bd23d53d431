import { describe, expect, it } from 'vitest'
import { FiberWorkError, type OwnDb, type TransactionOptions } from '../../src/index.ts'
import { type CommitPlace, committing } from './committing.ts'
import { failsWith } from './db.ts'

/** What `job.commit` holds when nobody hears whether it took place. */
export function commitDoubtLaws(at: () => CommitPlace): void {
  const { ran } = committing(at)

  describe('when the reply to the commit is lost', () => {
    it('and it took place: the job is done, and its handler goes on', async () => {
      const { sent, ids, client } = await ran(async (job, { insert, db }) => {
        const losing = losingReply(db, {})
        const answer = await job.commit(() => insert(1).then(() => 'there'), { db: losing })
        return `and ${answer}`
      })
      expect(await sent.result()).toBe('there')
      expect(await ids()).toEqual([1])
      expect(await client.find([sent.id])).toMatchObject([{ state: 'done', attempts: 1 }])
    })

    it('and no record tells: it says that it does not know, and nothing is done twice', async () => {
      const told = Promise.withResolvers<unknown>()
      const { ids, worker: at } = await ran(
        async (job, { insert, db }) => {
          const losing = losingReply(db, {})
          await job.commit(() => insert(1), { db: losing }).catch(told.resolve)
        },
        [],
        { keep: false, attempts: 3 },
      )
      expect(await told.promise).toMatchObject(failsWith('FW_COMMIT_UNKNOWN'))
      await at.idle()
      expect(await ids()).toEqual([1])
    })

    it('and it did not: the handler is told, and the job is tried again', async () => {
      const told: unknown[] = []
      const { sent, ids } = await ran(
        async (job, { insert, db }) => {
          const losing = losingReply(db, { rollBack: true })
          const first = job.attempt === 1
          await job
            .commit(() => insert(job.attempt), { db: first ? losing : db })
            .catch((error) => {
              told.push(error)
              throw error
            })
        },
        [],
        { attempts: 2 },
      )
      await sent.result()
      expect(told).toMatchObject([failsWith('FW_DB_UNREACHABLE')])
      expect(await ids()).toEqual([2])
    })
  })
}

/** It commits, or is rolled back, and nobody hears which. */
const losingReply = (db: OwnDb, options: TransactionOptions): Pick<OwnDb, 'transaction'> => ({
  async transaction(work) {
    await db.transaction(work, options)
    throw new FiberWorkError('FW_DB_UNREACHABLE', 'nobody knows whether it did')
  },
})
