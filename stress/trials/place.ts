import { randomBytes } from 'node:crypto'
import { connect, createDb, type OwnDb } from '../../src/index.ts'
import { everyState, temporaryStore } from '../run/store.ts'
import type { TrialNames } from './jobs.ts'

/** Where a trial happens: a store, its database, and a table of effects; gone with it. */
export interface TrialPlace extends TrialNames, AsyncDisposable {
  /** For `connect`. */
  url: string
  /** For `createDb`: the database of that store. */
  dbUrl: string
  db: OwnDb
}

/** `sqlite`: a file of its own. Else the URL of a store whose driver settles in transactions; its parameters are the driver's. */
export async function openPlace(url: string): Promise<TrialPlace> {
  const file = url === 'sqlite' ? temporaryStore() : undefined
  const dbUrl = file?.url ?? url.replace(/[?#].*$/s, '')
  const storeUrl = file === undefined ? url : `${file.url}?share=true`
  const mark = `${process.pid}_${randomBytes(3).toString('hex')}`
  const names = { queue: `trial-${mark}`, table: `fw_trial_${mark}` }
  const db = createDb(dbUrl)
  await db.run(`create table ${names.table} (job varchar(64), step int, token varchar(64))`)
  return {
    ...names,
    url: storeUrl,
    dbUrl,
    db,
    async [Symbol.asyncDispose]() {
      if (file === undefined) {
        await using client = await connect(storeUrl)
        await client.purge(names.queue, everyState)
        await db.run(`drop table ${names.table}`)
      }
      await db.close()
      file?.remove()
    },
  }
}
