import { defineJob, defineQueue, Http } from 'fiber-work'
import * as z from 'zod'

const webhooks = defineQueue('webhooks', { groupRate: { tokens: 1_500, perMs: 1_000 } })

/** Most of what runs: slow receivers, one of which is down. */
export default defineJob(
  'deliver-webhook',
  {
    input: z.object({
      tenant: z.string().meta({ description: 'Whose webhook it is.' }),
      url: z.url(),
      event: z.enum(['order.created', 'order.paid', 'order.shipped', 'invoice.sent']),
      order: z.int().min(1),
    }),
    queue: webhooks,
    group: ({ tenant }) => tenant,
    tags: ({ event }) => [event],
    attempts: 3,
    backoff: { kind: 'fixed', baseMs: 1_000, jitter: 'full' },
    keep: { count: 20_000, ageMs: 3_600_000 },
  },
  async ({ tenant, url, event, order }, job) => {
    job.log.info('delivering', { event, order })
    const down = tenant === 'umbrella'
    const response = await Http.post(url, {
      json: { event, order },
      headers: down ? { 'x-refuse': `${job.id}:99` } : {},
      retry: false,
    })
    if (response.status === 503)
      throw new Error(`hooks.umbrella.example answered 503: its certificate expired 2 days ago`)
    response.throw()
    return { status: response.status }
  },
)
