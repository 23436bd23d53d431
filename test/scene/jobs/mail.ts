import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, defineQueue } from 'fiber-work'
import * as z from 'zod'

const mail = defineQueue('mail', { groupRate: { tokens: 5, perMs: 1_000 }, groupConcurrencyMax: 10 })

/** Slow by contract: the provider takes five a second of each customer. */
export default defineJob(
  'send-mail',
  {
    input: z.object({ to: z.email(), template: z.enum(['welcome', 'receipt', 'reminder']), customer: z.string() }),
    queue: mail,
    group: ({ customer }) => customer,
    tags: ({ template }) => [template],
    sensitive: ['to'],
  },
  async ({ template }, job) => {
    job.progress(50)
    await sleep(400, undefined, { signal: job.signal })
    return { sent: template }
  },
)
