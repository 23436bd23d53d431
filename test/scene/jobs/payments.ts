import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, GiveUp } from 'fiber-work'
import * as z from 'zod'

const refusals = ['insufficient funds', 'the card has expired', 'the bank wants 3-D Secure'] as const

/** Fails for reasons that no retry helps: these wait for a human. */
export default defineJob(
  'charge-card',
  {
    input: z.object({ order: z.int(), cents: z.int().min(1), currency: z.string().length(3) }),
    queue: 'payments',
    priority: 8,
  },
  async ({ order, cents }, job) => {
    await sleep(200, undefined, { signal: job.signal })
    if (order % 12 === 0) throw new GiveUp(`card declined: ${refusals[(order / 12) % refusals.length]}`)
    return { charged: cents }
  },
)
