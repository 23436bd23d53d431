import { setImmediate as turn } from 'node:timers/promises'
import * as z from 'zod'
import { type Client, connect, defineJob } from '../../src/index.ts'
import { input } from './input.ts'
import { measureWork } from './measure-work.ts'
import { produceElsewhere, storeOf } from './store.ts'

const given = input({
  store: 'redis',
  /** Of the URL, besides those of the place. */
  parameters: '',
  redis: '',
  enqueueTo: '',

  jobs: 100_000,
  /** Jobs that wait on top of those that are worked. */
  backlog: 0,
  /** Jobs that come and go before those that are timed. */
  churn: 0,
  queues: 1,
  /** 0: none. */
  groups: 0,
  /** Every kind of limit is on, and none ever binds. */
  limited: false,
  unique: false,
})
const { jobs, backlog, churn, queues, groups } = given
const names = Array.from({ length: queues }, (_, n) => `noop-${n}`)
const pad = 'x'.repeat(180)
let ran = 0
let place = ''
let measured: ReturnType<typeof measureWork> | undefined
const allRan = Promise.withResolvers<void>()
const handlers = names.map((name) =>
  defineJob(
    name,
    {
      input: z.object({ n: z.number(), pad: z.string() }),
      queue: name,
      ...(groups > 0 && { group: ({ n }: { n: number }) => `tenant-${n % groups}` }),
      ...(given.unique && { unique: ({ n }: { n: number }) => `order:${n}` }),
    },
    async () => {
      if (++ran === churn + 1) measured?.ran()
      if (ran === churn) measured = measureWork(place, jobs)
      if (ran === churn + jobs) allRan.resolve()
    },
  ),
)

async function enqueue(client: Client): Promise<void> {
  if (given.limited) await Promise.all(names.map((name) => limit(client, name)))
  const inputs = Array.from({ length: (churn + jobs + backlog) / queues }, (_, n) => ({ n, pad }))
  for (const handler of handlers) await client.enqueueMany(handler, inputs)
}

async function limit(client: Client, queue: string): Promise<void> {
  const rates = [{ tokens: 1e6, perMs: 1_000, burst: 1e6 }]
  await client.limit(queue, 'queue', { rates, concurrencyMax: 1e6 })
  await client.limit(queue, 'groups', { rates, concurrencyMax: 1e6, quota: { jobs: 1e6, perMs: 86_400_000 } })
}

/** Asks the store, round trip by round trip, until it has the last verdict: `worker.idle()` looks only every 20 ms. */
async function settled(client: Client): Promise<void> {
  for (;;) {
    const depths = await client.depth(names)
    const left = depths.reduce((sum, { ready, delayed, running }) => sum + ready + delayed + running, 0)
    if (left <= backlog) return
    await turn()
  }
}

if (given.enqueueTo !== '') {
  await using producer = await connect(given.enqueueTo)
  await enqueue(producer)
} else {
  await using store = await storeOf(given)
  produceElsewhere(given, store.url)
  await using client = await connect(store.url)
  place = store.url
  if (churn === 0) measured = measureWork(place, jobs)
  const worker = await client.work(handlers)
  await allRan.promise
  // A broker tells nobody what another session holds: there the worker's own end says that all is acknowledged.
  if (client.driver.traits.lease === 'connection') await worker.stop()
  else await settled(client)
  measured!.settled()
}
