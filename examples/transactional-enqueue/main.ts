/**
 * A job that exists if and only if the order exists: enqueued inside the application's own transaction.
 *
 * Without it, one of two things goes wrong now and then: the job runs and the order was rolled back, or the order is there and
 * the process died before the job was enqueued. `?share=true` puts the jobs into the application's file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { connect, defineJob, unchecked } from 'fiber-work'

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-example-'))
const file = join(folder, 'shop.db')
const shop = new DatabaseSync(file)
shop.exec('create table orders (id integer primary key, item text, confirmed integer default 0)')

const confirm = defineJob('confirm', { input: unchecked<{ order: number }>() }, ({ order }) => {
  const { changes } = shop.prepare('update orders set confirmed = 1 where id = ?').run(order)
  if (changes === 0) throw new Error(`there is no order ${order}`)
})

const client = await connect(`sqlite:${file}?share=true`)

async function placeOrder(id: number, item: string): Promise<void> {
  // Checking the input may take a while, and nothing else must happen while a transaction is open on this connection:
  // prepare first, then write everything in one go.
  const job = await client.prepare(confirm, { order: id })
  shop.exec('begin immediate')
  try {
    shop.prepare('insert into orders (id, item) values (?, ?)').run(id, item)
    client.driver.within(shop).enqueue([job])
    if (item === '') throw new Error('an order of nothing')
    shop.exec('commit')
  } catch (error) {
    shop.exec('rollback')
    console.log(`order ${id}: ${(error as Error).message}; neither the order nor its job exists`)
  }
}

await placeOrder(1, 'a chair')
await placeOrder(2, '')
await placeOrder(3, 'a table')

const worker = await client.work([confirm])
await worker.idle()
for (const order of shop.prepare('select id, item, confirmed from orders').all()) {
  console.log(`order ${Number(order['id'])}: ${String(order['item'])}, ${order['confirmed'] ? 'confirmed' : 'open'}`)
}
const [depth] = await client.depth(['default'])
console.log(`jobs done: ${depth?.done}, dead: ${depth?.dead}`)

await client.close()
shop.close()
rmSync(folder, { recursive: true })
