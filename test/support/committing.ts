import type { AnyHandler } from '../../src/job/definition.ts'
import { defineJob, type JobContext, type OwnDb } from '../../src/index.ts'
import { currentFiber } from '../../src/sandbox/storage.ts'
import { idsOf, ownDb, ownTable, type TestDatabase } from './db.ts'
import { working } from './work.ts'

/** A store that settles in transactions of `Db`, and that database. */
export interface CommitPlace {
  /** For `connect`: a store of this test's own. */
  store: string
  db: TestDatabase
}

/** A job that ran once, and the table of its effects. */
interface Scene {
  db: OwnDb
  table: string
  insert: (id: number) => Promise<unknown>
  ids: () => Promise<number[]>
  /** Settle the loan of the job that runs behind its back, as a sweep would. */
  release: () => Promise<unknown>
}

type Run = (job: JobContext, scene: Scene) => unknown

/** Jobs that commit themselves there. */
export function committing(at: () => CommitPlace) {
  async function scene(): Promise<Omit<Scene, 'release'>> {
    const db = ownDb(at().db)
    const table = await ownTable(at().db, db)
    const insert = (id: number) => db.run(`insert into ${table} values (${id}, 'x')`)
    return { db, table, insert, ids: () => idsOf(db, table) }
  }

  async function ran(
    run: Run,
    others: AnyHandler[] = [],
    options: { timeoutMs?: number; attempts?: number; keep?: false } = {},
  ) {
    const there = await scene()
    const one = defineJob('one', { attempts: 1, ...options }, (_, job) => run(job, { ...there, release }))
    const release = () => {
      const { receipt } = currentFiber()!.loan
      return client.driver.settle({ lane: client.driver.traits.lanesMax - 1, seq: 1 }, [
        { receipt, verdict: { kind: 'release' } },
      ])
    }
    const { client, worker } = await working([one, ...others], { url: at().store })
    return { ...there, client, worker, one, sent: await client.enqueue(one) }
  }
  return { scene, ran }
}
