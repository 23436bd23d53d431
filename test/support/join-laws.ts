import { describe, expect, it } from 'vitest'
import { defineJob, unchecked } from '../../src/index.ts'
import { type CommitPlace, committing } from './committing.ts'
import { until, working } from './work.ts'

/** What `client.enqueue` holds in a transaction of `Db` on the database that the jobs live in. */
export function joinLaws(at: () => CommitPlace): void {
  const { scene } = committing(at)
  const child = defineJob('child', { input: unchecked<string>(), unique: (name: string) => name }, () => {})

  describe('enqueue in a transaction on the same database', () => {
    it('is part of it: its jobs and its rows are there together, or not at all', async () => {
      const { db, insert, ids } = await scene()
      const { client } = await working([], { url: at().store })
      const inputs = async () => (await client.list()).jobs.length
      const undone = db.transaction(async () => {
        await insert(1)
        expect(await client.enqueue(child, 'undone')).toMatchObject({ outcome: 'added' })
        throw new Error('back')
      })
      await expect(undone).rejects.toThrow('back')
      expect([await inputs(), await ids()]).toEqual([0, []])
      await db.transaction(async () => {
        await insert(2)
        expect(await client.enqueue(child, 'undone')).toMatchObject({ outcome: 'added' })
        const inner = db.transaction(async () => {
          await client.enqueue(child, 'savepoint')
          throw new Error('back')
        })
        await expect(inner).rejects.toThrow('back')
        const [kept, same] = await client.enqueueMany(child, ['kept', 'undone'])
        expect([kept!.outcome, same!.outcome]).toEqual(['added', 'duplicate'])
        expect(await inputs()).toBe(0)
      })
      expect([await inputs(), await ids()]).toEqual([2, [2]])
    })

    it('wakes who waits for jobs when it commits', async () => {
      const { db } = await scene()
      const ran: string[] = []
      const heard = defineJob('heard', { input: unchecked<string>() }, (name) => void ran.push(name))
      const { client } = await working([heard], { url: at().store })
      await db.transaction(() => client.enqueue(heard, 'one'))
      await until(() => ran.length === 1)
      expect(ran).toEqual(['one'])
    })
  })
}
