import * as z from 'zod'
import type { DriverTraits } from '../../src/contract/driver.ts'
import { defineJob, type Handler } from '../../src/job/definition.ts'
import { refuseHeader } from '../service/protocol.ts'

const webhook = z.object({
  /** Its number in the run, from 0. */
  n: z.int(),
  tenant: z.string(),
  url: z.url(),
  event: z.string(),
})
export type Webhook = z.infer<typeof webhook>

/** Uneven on purpose: fair turns show only where somebody is bigger than the others. */
const tenants = [
  'acme',
  'acme',
  'acme',
  'acme',
  'globex',
  'globex',
  'globex',
  'initech',
  'initech',
  'umbrella',
  'hooli',
  'tyrell',
]
const events = ['order.created', 'order.paid', 'order.shipped', 'invoice.sent', 'user.invited']
/** One of so many is answered 503 at first. */
const refusedEvery = 25

/** The webhooks of a run, spread over tenants and ports. */
export function webhooksOf(jobs: number, origins: readonly string[]): Webhook[] {
  return Array.from({ length: jobs }, (_, n) => {
    const tenant = tenants[(n * 7) % tenants.length]!
    const url = `${origins[n % origins.length]}/${tenant}/hooks`
    return { n, tenant, url, event: events[n % events.length]! }
  })
}

/** The receivers have a bad moment at the beginning: 4 % of the first half, which is 2 % of all. */
export function isRefusedAtFirst(n: number, jobs: number): boolean {
  return n < jobs / 2 && n % refusedEvery === 7
}

export interface WebhookRun {
  queue: string
  /** How many there are. */
  jobs: number
  /** What the store can do: nothing is asked of it that it would refuse. */
  traits: Pick<DriverTraits, 'groups' | 'history'>
  /** Called when a receiver has said 200. */
  delivered: (n: number) => void
}

/** The job of the demo: its tenants take turns, and each job is kept, where the store can do that. */
export function webhookJob({ queue, jobs, traits, delivered }: WebhookRun): Handler<Webhook, Webhook> {
  return defineJob(
    'deliver-webhook',
    {
      input: webhook,
      queue,
      ...(traits.groups && { group: ({ tenant }: Webhook) => tenant }),
      backoff: { kind: 'fixed', baseMs: 50, jitter: 'none' },
      // All of them, so that the store can be asked what became of each.
      ...(traits.history && { keep: { count: jobs, ageMs: 3_600_000 } }),
    },
    async ({ n, url, event }, job) => {
      const headers = isRefusedAtFirst(n, jobs) ? { [refuseHeader]: `${n}:1` } : {}
      const response = await job.http.post(url, { json: { event, n, attempt: job.attempt }, headers })
      response.throw()
      delivered(n)
      return { status: response.status }
    },
  )
}
