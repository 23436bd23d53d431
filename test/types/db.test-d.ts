// Checked by the compiler (`npm run check -- types`); never run. What a schema does for `Db`.
import type { Generated } from 'kysely'
import { createDb, Db } from '../../src/index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <A, B>(_same: Equal<A, B>): void => {}

interface Schema {
  users: { id: Generated<number>; name: string; email: string | null }
  orders: { id: number; userId: number }
}

const db = createDb<Schema>({ connections: { default: 'postgres://db/app' } })
const users = await db.selectFrom('users').select(['id', 'email']).where('name', '=', 'Ada').execute()
is<typeof users, { id: number; email: string | null }[]>(true)
await db.insertInto('users').values({ name: 'Ada', email: null }).execute()
await db.updateTable('users').set({ name: 'Bob' }).where('id', '=', 1).execute()
await db.deleteFrom('orders').where('userId', 'in', [1, 2]).execute()
// @ts-expect-error a table that there is not
db.selectFrom('user')
// @ts-expect-error a column that there is not
db.selectFrom('users').select('nam')
// @ts-expect-error a value of the wrong type
db.insertInto('users').values({ name: 7, email: null })
for await (const user of db.selectFrom('users').select('name').stream()) is<typeof user, { name: string }>(true)

// What a transaction answers is what its function answers; what it hands over is typed as well.
const sum = await db.transaction(async (tx) => {
  const [order] = await tx.selectFrom('orders').selectAll().execute()
  return order?.userId
})
is<typeof sum, number | undefined>(true)
// @ts-expect-error an isolation that there is not
await db.transaction(() => {}, { isolation: 'snapshot' })

// SQL as text: the caller knows what comes back.
const rows = await Db.query<{ n: number }>('select 1 as n')
is<typeof rows, { n: number }[]>(true)
const loose = await Db.query('select 1 as n')
is<typeof loose, Record<string, unknown>[]>(true)
const { affected } = await Db.run('delete from users')
is<typeof affected, number>(true)

// The process's own, with a schema or without.
const typed = Db.typed<Schema>()
const names = await typed.selectFrom('users').select('name').execute()
is<typeof names, { name: string }[]>(true)
const anything = await Db.selectFrom('whatever').selectAll().where('some_column', '=', 1).execute()
is<typeof anything, { [x: string]: unknown }[]>(true)
const pick = (from: Db<Schema>) => from.selectFrom('orders').select('id').executeTakeFirst()
is<Awaited<ReturnType<typeof pick>>, { id: number } | undefined>(true)

// What reads cannot write.
const reader = Db.typed<Schema>().read()
await reader.selectFrom('users').selectAll().execute()
// @ts-expect-error a copy takes no writes
reader.insertInto('users')
const reports = Db.on<{ sales: { total: number } }>('reports')
await reports.selectFrom('sales').select('total').execute()
