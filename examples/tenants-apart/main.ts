/**
 * A hundred tenants in one process, under the same keys: each sees what is its own.
 *
 * `tenant` says whose a job is. Its cache and its sessions follow by themselves, and the user who asked travels along,
 * signed. Nothing is passed to `priceFor`: it finds its world by itself, below whichever handler calls it.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Auth, Cache, connect, defineJob, Session, unchecked } from 'fiber-work'

// Of all processes that enqueue and work: FIBER_WORK_AUTH_SECRET, usually.
Auth.configure({ secrets: [randomBytes(32).toString('base64url')] })

let priceLists = 0

async function priceFor(item: string): Promise<number> {
  const { tenant } = Auth.require('buyer')
  const prices = await Cache.remember<Record<string, number>>('prices', 60_000, async () => {
    priceLists++
    await sleep(10) // a call to some API
    return { chair: 100 + Number(tenant!.slice('shop-'.length)) }
  })
  return prices[item]!
}

const order = defineJob('order', { input: unchecked<{ item: string }>() }, async ({ item }, job) => {
  const price = await priceFor(item)
  await sleep(Math.random() * 10)
  const turnover = await Session.update<number>('turnover', (sum = 0) => sum + price)
  return { tenant: job.tenant, by: Auth.user()!.id, price, turnover }
})

await using client = await connect('memory:')
await client.work([order])

const tenants = Array.from({ length: 100 }, (_, i) => `shop-${i}`)
const orders = Array.from({ length: 20 }, (_, n) => n)
const sent = await Promise.all(
  orders.flatMap((n) =>
    tenants.map(async (tenant) => {
      const as = { id: `customer ${n} of ${tenant}`, tenant, roles: ['buyer'] }
      return { tenant, as, job: await client.enqueue(order, { item: 'chair' }, { tenant, as }) }
    }),
  ),
)

const isStrange = await Promise.all(
  sent.map(async ({ tenant, as, job }) => {
    const done = await job.result()
    return done.tenant !== tenant || done.by !== as.id || done.price !== 100 + Number(tenant.slice('shop-'.length))
  }),
)
const strange = isStrange.filter(Boolean).length
console.log(`${sent.length} orders of ${tenants.length} tenants; ${strange} saw something of another`)
console.log(`${priceLists} price lists were loaded`)
for (const tenant of ['shop-0', 'shop-99']) console.log(tenant, await Session.ofTenant(tenant).get('turnover'))

// Nobody can order in another's name: not even for a job that they may enqueue.
const foreign = { id: 'mallory', tenant: 'shop-1', roles: ['buyer'] }
const refused = await client
  .enqueue(order, { item: 'chair' }, { tenant: 'shop-2', as: foreign })
  .catch((error: Error) => error)
console.log(String(refused))
