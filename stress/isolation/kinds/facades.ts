import { cache, type DbFace, session } from '../facade-doors.ts'
import { exported } from '../needs.ts'
import { inBoth, type Kind, placed } from '../kind.ts'
import { callLate } from './late.ts'

const fenced = inBoth({ innocents: 'nothing', named: [], ends: 'done' })
const zombie = inBoth({ innocents: 'nothing', named: ['job.zombie'], ends: 'done' })
const settled = 'fails with `FW_JOB_SETTLED`, and reaches nobody'
const db = exported<DbFace>('Db')!
const times = 15

/** What was written as `what` and never committed must not be there. */
const unwritten = (what: string, table: string) => async () => {
  const rows = await db.query<{ tag: string }>(`select tag from ${table} where tag = '${what}'`)
  return rows.length === 0 ? [] : [`${rows.length} rows of "${what}" were committed`]
}

const kinds: Kind[] = [
  {
    name: 'late-db',
    about: 'asks `Db` after it has ended',
    class: 'contained',
    ...fenced,
    answer: settled,
    needs: ['Db'],
    act: (scene) => callLate(scene, () => db.query('select 1')),
  },
  {
    name: 'late-cache',
    about: 'writes to `Cache` after it has ended',
    class: 'contained',
    ...fenced,
    answer: settled,
    needs: ['Cache'],
    act: (scene) => callLate(scene, () => cache!.set('late', 1, 1_000)),
  },
  {
    name: 'late-session',
    about: 'writes to its `Session` after it has ended',
    class: 'contained',
    ...fenced,
    answer: settled,
    needs: ['Session'],
    act: (scene) => callLate(scene, () => session!.of('late').update('late', () => 1)),
  },
  {
    name: 'transaction-left',
    about: 'leaves a transaction open',
    class: 'contained',
    ...zombie,
    answer: 'rolled back with its job; its connection goes back clean',
    needs: ['Db'],
    async act({ did, table, afterwards }) {
      let open = () => {}
      const opened = new Promise<void>((resolve) => (open = resolve))
      db.transaction(async () => {
        await db.run(`insert into ${table} (tag) values ('left')`)
        open()
        await new Promise(() => {})
      }).catch(() => {})
      await opened
      did('written, and not committed')
      afterwards(unwritten('left', table))
    },
  },
  {
    name: 'transaction-late',
    about: 'writes into its transaction after it has ended',
    class: 'contained',
    ...zombie,
    answer: 'fails with `FW_JOB_SETTLED`; the transaction is rolled back',
    needs: ['Db'],
    async act(scene) {
      let open: (tx: DbFace) => void = () => {}
      const opened = new Promise<DbFace>((resolve) => (open = resolve))
      db.transaction(async (tx) => {
        open(tx)
        await new Promise(() => {})
      }).catch(() => {})
      const tx = await opened
      callLate(scene, () => tx.run(`insert into ${scene.table} (tag) values ('late')`))
      scene.afterwards(unwritten('late', scene.table))
    },
  },
  {
    name: 'begin-raw',
    about: 'begins a transaction by a statement, and ends without it',
    class: 'contained',
    ...fenced,
    answer: 'the connection is made clean before anybody else has it',
    needs: ['Db'],
    async act({ did, table, afterwards }) {
      for (let i = 0; i < times; i++) {
        await db.query('begin').catch((error: unknown) => did(`refused: ${String(error)}`))
      }
      did('begun')
      afterwards(unwritten('begun', table))
    },
  },
  {
    name: 'connection-settings',
    about: 'changes settings of the connections that it is given',
    class: 'contained',
    ...fenced,
    answer: 'the same',
    needs: ['Db'],
    async act({ did, dbUrl }) {
      const setting = dbUrl.startsWith('postgres') ? "set search_path to 'nowhere'" : 'pragma query_only = on'
      for (let i = 0; i < times; i++)
        await db.query(setting).catch((error: unknown) => did(`refused: ${String(error)}`))
      did('set')
    },
  },
]

export const facadeKinds = placed(import.meta.filename, kinds)
