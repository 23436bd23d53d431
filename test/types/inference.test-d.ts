// Checked by the compiler (`npm run check -- types`); never run. Each line of section "What a user writes" has its type here.
import * as z from 'zod'
import { connect, defineJob, defineQueue, GiveUp, type JobContext, unchecked } from '../../src/index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <A, B>(_same: Equal<A, B>): void => {}

interface Order {
  id: string
  lines: { sku: string; count: number }[]
}

const client = await connect('memory:')

// Input, data and result are inferred from schema and handler.
const webhook = defineJob(
  'webhook',
  {
    input: z.object({ url: z.url(), at: z.coerce.date().default(new Date(0)) }),
    queue: defineQueue('webhooks', { groupRate: { tokens: 100, perMs: 1_000 } }),
    group: (data) => (is<typeof data, { url: string; at: Date }>(true), data.url),
    unique: ({ url }) => `hook:${url}`,
    backoff: { kind: 'exponential', baseMs: 1_000, jitter: 'full' },
    onError: (error, job) => (
      is<typeof job, JobContext>(true),
      error instanceof RangeError ? 'dead' : new GiveUp('no')
    ),
  },
  async ({ url, at }, job) => {
    is<typeof url, string>(true)
    is<typeof at, Date>(true)
    is<typeof job.signal, AbortSignal>(true)
    return { status: 200 as number, url }
  },
)
const sent = await client.enqueue(webhook, { url: 'https://a.test' }, { delayMs: 5_000, unique: 'order:1' })
is<typeof sent.outcome, 'added' | 'duplicate' | 'replaced' | 'full' | 'deferred'>(true)
const result = await sent.result({ timeoutMs: 60_000 })
is<typeof result, { status: number; url: string }>(true)
// @ts-expect-error an input of the wrong type
await client.enqueue(webhook, { url: 7 })
// @ts-expect-error an input is required
await client.enqueue(webhook)
// @ts-expect-error an unknown option
await client.enqueue(webhook, { url: '' }, { prio: 1 })

// A definition alone is what a producer imports; `.handle` makes it a handler, with the result's type.
const order = defineJob('order', { input: unchecked<Order>() })
const orderHandler = order.handle(async (data) => (is<typeof data, Order>(true), data.lines.length))
const orderResult = await (await client.enqueue(orderHandler, { id: 'a', lines: [] })).result()
is<typeof orderResult, number>(true)
const unknownResult = await (await client.enqueue(order, { id: 'a', lines: [] })).result()
is<typeof unknownResult, unknown>(true)
// @ts-expect-error a worker takes handlers
await client.work([order])

// A job without an input takes none.
const tick = defineJob('tick', {}, (data, job) => (is<typeof data, undefined>(true), job.attempt))
const ticked = await (await client.enqueue(tick)).result()
is<typeof ticked, number>(true)
await client.enqueue(tick, undefined, { delayMs: 1 })
// @ts-expect-error it takes no input
await client.enqueue(tick, { a: 1 })

// An optional input may be left out.
const sweep = defineJob('sweep', { input: z.object({ age: z.number() }).optional() }, (data) => data?.age)
await client.enqueue(sweep)
await client.enqueue(sweep, { age: 1 })

// Many at once: one answer an item.
const many = await client.enqueueMany(webhook, [{ url: 'https://a.test' }])
is<Awaited<ReturnType<(typeof many)[0]['result']>>, { status: number; url: string }>(true)

// Follow-ups are typed like enqueues.
defineJob('parent', {}, async (_, job) => {
  is<string, Awaited<ReturnType<typeof job.enqueue>>>(true)
  await job.enqueue(order, { id: 'a', lines: [] }, { priority: 9 })
  // @ts-expect-error an input of the wrong type
  await job.enqueue(order, { id: 7 })
})

// Handlers of all types fit one worker.
const worker = await client.work([webhook, orderHandler, tick, sweep], {
  concurrency: 10_000,
  queues: { webhooks: { weight: 2 } },
})
await worker.stop({ graceMs: 30_000 })
