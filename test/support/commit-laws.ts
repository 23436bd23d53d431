import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { defineJob, FiberWorkError, unchecked } from '../../src/index.ts'
import { open } from '../../src/job/codec.ts'
import type { AnyHandler } from '../../src/job/definition.ts'
import { carriedTransactions } from '../../src/sandbox/transaction.ts'
import { type CommitPlace, committing } from './committing.ts'
import { failsWith } from './db.ts'
import { gate, heard, until, working } from './work.ts'

/** What `job.commit` holds on every store that settles in a transaction. */
export function commitLaws(at: () => CommitPlace): void {
  const { scene, ran } = committing(at)

  describe('job.commit', () => {
    it('writes the effects and the done together; its result is what the function returned', async () => {
      const ended = heard('job.ended')
      const { sent, ids } = await ran((job, { insert, db }) =>
        job.commit(
          async (tx) => {
            await insert(1)
            await tx.query('select 1')
            return { charged: 7 }
          },
          { db },
        ),
      )
      expect(await sent.result()).toEqual({ charged: 7 })
      expect(await ids()).toEqual([1])
      await until(() => ended.length > 0)
      expect(ended).toMatchObject([{ name: 'one', verdict: 'done' }])
    })

    it('undoes both when the function throws, and the job is tried again', async () => {
      let tries = 0
      const { sent, ids } = await ran(
        (job, { insert, db }) =>
          job.commit(
            async () => {
              await insert(++tries)
              if (tries === 1) throw new Error('not yet')
            },
            { db },
          ),
        [],
        { attempts: 2 },
      )
      await sent.result()
      expect(await ids()).toEqual([2])
    })

    it('refuses a job that was taken back meanwhile: nothing is written, and it runs elsewhere', async () => {
      let refused: unknown
      let runs = 0
      const { sent, ids } = await ran(async (job, { insert, db, release }) => {
        if (++runs > 1) return 'elsewhere'
        await release()
        await job.commit(() => insert(1), { db }).catch((error) => (refused = error))
        return 'late'
      })
      expect(await sent.result()).toBe('elsewhere')
      // The second run may be quicker than the refusal of the first.
      await until(() => refused !== undefined)
      expect(refused).toMatchObject(failsWith('FW_COMMIT_STALE'))
      expect(await ids()).toEqual([])
    })

    it('leaves the job done, whatever its handler does afterwards, and tells it', async () => {
      const late = heard('job.failedLate')
      const again = Promise.withResolvers<unknown>()
      const follow = Promise.withResolvers<unknown>()
      const child = defineJob('child', {}, () => {})
      const {
        sent,
        ids,
        client,
        worker: at,
      } = await ran(
        async (job, { insert, db }) => {
          await job.commit(() => insert(1).then(() => 'first'), { db })
          await job.commit(() => insert(2), { db }).catch(again.resolve)
          await job.enqueue(child).catch(follow.resolve)
          // Long enough for beats that compare what is on loan.
          await sleep(100)
          throw new Error('too late')
        },
        [child],
        { attempts: 3 },
      )
      expect(await sent.result()).toBe('first')
      expect(await again.promise).toMatchObject(failsWith('FW_JOB_INVALID'))
      expect(await follow.promise).toMatchObject(failsWith('FW_JOB_SETTLED'))
      await until(() => late.length > 0)
      expect(late).toMatchObject([{ name: 'one', error: { message: 'too late' } }])
      await at.idle()
      expect(await ids()).toEqual([1])
      expect((await client.list()).jobs).toMatchObject([{ state: 'done', attempts: 1, crashes: 0 }])
    })

    it('a timeout before the commit undoes it', async () => {
      const { sent, ids } = await ran(
        (job, { insert, db }) =>
          job.commit(
            async () => {
              await insert(1)
              await sleep(1_500)
            },
            { db },
          ),
        [],
        { timeoutMs: 500 },
      )
      await expect(sent.result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
      expect(await ids()).toEqual([])
    })

    it('takes follow-ups with it, those of savepoints that were undone excepted', async () => {
      const child = defineJob('child', { input: unchecked<string>() }, () => {})
      const {
        sent,
        client,
        worker: at,
      } = await ran(
        async (job, { db }) => {
          await job.enqueue(child, 'before')
          await job.commit(
            async (tx) => {
              await job.enqueue(child, 'within')
              await tx.transaction(() => job.enqueue(child, 'savepoint'))
              await tx.transaction(() => job.enqueue(child, 'undone'), { rollBack: true })
              await client.enqueue(child, 'at once')
            },
            { db },
          )
        },
        [child],
      )
      await sent.result()
      await at.idle()
      const { jobs } = await client.list()
      const inputs = jobs.filter(({ job }) => job.name === 'child').map(({ job }) => open(job.body).input as string)
      expect(inputs.toSorted()).toEqual(['at once', 'before', 'savepoint', 'within'])
    })

    it('frees the unique key for a follow-up that takes it over', async () => {
      let runs = 0
      const { db, insert, ids } = await scene()
      const chain = defineJob('chain', { unique: () => 'only' }, async (_, job) => {
        const n = ++runs
        await job.commit(
          async () => {
            await insert(n)
            if (n < 3) await job.enqueue(chain)
          },
          { db },
        )
      })
      const { client, worker } = await working([chain as AnyHandler], { url: at().store })
      await client.enqueue(chain)
      await until(async () => (await ids()).length === 3)
      await worker.idle()
      expect(await ids()).toEqual([1, 2, 3])
    })

    it('tries its transaction again when asked to; what the first try asked for is forgotten', async () => {
      const child = defineJob('child', {}, () => {})
      let tries = 0
      const {
        sent,
        ids,
        client,
        worker: at,
      } = await ran(
        (job, { insert, db }) =>
          job.commit(
            async () => {
              await insert(++tries)
              await job.enqueue(child)
              if (tries === 1) throw new FiberWorkError('FW_DB_CONFLICT', 'given up for another one')
              return tries
            },
            { db, retries: 1 },
          ),
        [child],
      )
      expect(await sent.result()).toBe(2)
      await at.idle()
      expect(await ids()).toEqual([2])
      expect((await client.list()).jobs.filter(({ job }) => job.name === 'child')).toHaveLength(1)
    })

    it('is done, and says so, when only what came after the commit failed', async () => {
      const told = Promise.withResolvers<unknown>()
      const { sent, ids } = await ran(async (job, { insert, db }) => {
        const work = async () => {
          await insert(1)
          carriedTransactions()[0]!.afterCommit(async () => {
            throw new Error('the other store is away')
          })
          return 'kept'
        }
        await job.commit(work, { db }).catch(told.resolve)
      })
      expect(await told.promise).toMatchObject(failsWith('FW_DB_UNWRITTEN'))
      expect(await sent.result()).toBe('kept')
      expect(await ids()).toEqual([1])
    })

    it('a transactor that does not commit is found out, and the job is not done', async () => {
      const { sent, ids } = await ran((job, { insert, db }) =>
        job.commit(() => insert(1), { db, ...({ rollBack: true } as object) }),
      )
      await expect(sent.result()).rejects.toThrow(/without a commit/)
      expect(await ids()).toEqual([])
    })

    it('is refused inside of another transaction, and while another one is under way', async () => {
      const found: unknown[] = []
      const { sent, ids } = await ran(async (job, { insert, db }) => {
        await db.transaction(() => job.commit(() => {}, { db }).catch((error) => found.push(error)))
        const opened = gate()
        const first = job.commit(() => opened.opened.then(() => insert(1)), { db })
        await job.commit(() => {}, { db }).catch((error) => found.push(error))
        opened.open()
        await first
      })
      await sent.result()
      expect(found).toMatchObject([failsWith('FW_JOB_INVALID'), failsWith('FW_JOB_INVALID')])
      expect(await ids()).toEqual([1])
    })
  })
}
