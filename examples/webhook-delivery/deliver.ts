import { defineJob, defineQueue, GiveUp, Http, RetryIn, unchecked } from 'fiber-work'

export interface Delivery {
  url: string
  event: { id: string; number: number }
}

// Limits belong to the queue and hold over all workers: no receiver gets more than 50 a second, or 10 at once.
const webhooks = defineQueue('webhooks', { groupRate: { tokens: 50, perMs: 1_000 }, groupConcurrencyMax: 10 })

export default defineJob(
  'deliver',
  {
    input: unchecked<Delivery>(), // any Standard Schema checks it as well: zod, valibot, arktype
    queue: webhooks,
    group: ({ url }) => new URL(url).host,
    unique: ({ event }) => ({ key: event.id, mode: 'keep', forMs: 86_400_000 }),
    attempts: 8,
    backoff: { kind: 'exponential', baseMs: 500 },
    timeoutMs: 30_000,
  },
  async ({ url, event }, job) => {
    const response = await Http.post(url, {
      json: event,
      // At least once: after a crash a job runs again. The receiver tells the second time by this key.
      headers: { 'idempotency-key': event.id },
      // Http could wait out a Retry-After by itself, but a delayed job holds no slot while it waits.
      retry: false,
    })
    if (response.status === 410) throw new GiveUp('the receiver is gone for good')
    const waitS = Number(response.headers.get('retry-after'))
    if (waitS > 0) throw new RetryIn(waitS * 1_000, `asked to come back in ${waitS} s`)
    response.throw() // not 2xx: an error, tried again with growing delays
    return { status: response.status, attempt: job.attempt }
  },
)
