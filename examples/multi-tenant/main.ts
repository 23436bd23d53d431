/**
 * Many tenants, one queue: whoever has little to do does not wait behind whoever has much.
 *
 * A tenant is a group. Groups take fair turns where jobs are taken, in the store, so that it holds over all workers. One
 * tenant may get a bigger share (`weight`), and none may have more than 20 jobs at once, however many slots are free.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, defineJob, defineQueue, unchecked } from 'fiber-work'

const reports = defineQueue('reports', { groupConcurrencyMax: 20 })
const order: string[] = []

const report = defineJob(
  'report',
  { input: unchecked<{ tenant: string }>(), queue: reports, group: ({ tenant }) => tenant },
  async ({ tenant }) => {
    await sleep(5) // a call to some API
    order.push(tenant)
  },
)

await using client = await connect('memory:')
await client.limit('reports', { group: 'gold' }, { weight: 3, concurrencyMax: 60 })

// The big one comes first, with everything it has. In a plain queue the others would wait behind all of it.
const counts = { megacorp: 2_000, gold: 600, corner_shop: 20 }
for (const [tenant, count] of Object.entries(counts)) {
  await client.enqueueMany(
    report,
    Array.from({ length: count }, () => ({ tenant })),
  )
}

const worker = await client.work([report], { concurrency: 40 })
await worker.idle()

for (const [tenant, count] of Object.entries(counts)) {
  const place = order.lastIndexOf(tenant) + 1
  console.log(
    `${tenant.padEnd(12)} ${String(count).padStart(5)} jobs, the last one as number ${place} of ${order.length}`,
  )
}
const before = order.slice(0, order.indexOf('corner_shop') + 1)
console.log(`the corner shop waited for ${before.length - 1} jobs of others before its first, not for 2,600`)
