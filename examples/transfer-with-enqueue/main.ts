/**
 * A transfer between two accounts, and a job that tells both owners: the job exists if and only if the money has moved.
 *
 * `Db.transaction` is carried by the sandbox, so `client.enqueue` knows that it is inside of one. Here the queue lives in the same file
 * (`?share=true`): the job is written in the transaction itself. Take `memory:` or a Redis for the queue, and it is written right after the
 * commit instead; the code stays the same.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createDb, defineJob, unchecked } from 'fiber-work'

interface Bank {
  accounts: { owner: string; cents: number }
}
interface Order {
  from: string
  to: string
  cents: number
}

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-example-'))
const file = join(folder, 'bank.db')
const bank = createDb<Bank>({ connections: { default: `sqlite:${file}` } })
await bank.run('create table accounts (owner text primary key, cents integer check (cents >= 0))')
await bank
  .insertInto('accounts')
  .values([
    { owner: 'Ada', cents: 1_000 },
    { owner: 'Bob', cents: 0 },
  ])
  .execute()

const client = await connect(`sqlite:${file}?share=true`)
const told: string[] = []
const tell = defineJob('tell', { input: unchecked<Order>() }, ({ from, to, cents }) => {
  told.push(`${from} → ${to}: ${cents}`)
})

const transfer = defineJob('transfer', { input: unchecked<Order>(), attempts: 1 }, ({ from, to, cents }) =>
  bank.transaction(async () => {
    await add(to, cents)
    await client.enqueue(tell, { from, to, cents })
    // More than there is: the constraint undoes all three.
    await add(from, -cents)
  }),
)

/** Knows nothing of a transaction, and is in it. */
async function add(owner: string, cents: number): Promise<void> {
  await bank
    .updateTable('accounts')
    .set((is) => ({ cents: is('cents', '+', cents) }))
    .where('owner', '=', owner)
    .execute()
}

const worker = await client.work([transfer, tell])
await (await client.enqueue(transfer, { from: 'Ada', to: 'Bob', cents: 300 })).result()
await client.enqueueMany(transfer, [
  { from: 'Ada', to: 'Bob', cents: 5_000 },
  { from: 'Bob', to: 'Ada', cents: 100 },
])
await worker.idle()

for (const { owner, cents } of await bank.selectFrom('accounts').selectAll().orderBy('owner').execute()) {
  console.log(`${owner}: ${cents}`)
}
console.log(told.toSorted().join('\n'))
const [depth] = await client.depth(['default'])
console.log(`jobs done: ${depth?.done}, dead: ${depth?.dead}`)

await client.close()
await bank.close()
rmSync(folder, { recursive: true })
