import * as z from 'zod'
import { expect } from 'vitest'
import { defineJob, defineQueue } from '../../src/index.ts'
import { serveStore, type ServedOptions } from './api.ts'
import { type Open, type OpenOptions, type Shown, showPage } from './browser.ts'

const input = z.looseObject({ tenant: z.string().optional() })
const deliveries = defineQueue('deliveries', { groupRate: { tokens: 1, perMs: 60_000, burst: 2 } })

/** Done at once. */
export const greet = defineJob('greet', { queue: 'mail', input }, () => 'hello')
/** Dead at once. */
export const charge = defineJob('charge', { queue: 'money', attempts: 1, input }, () => {
  throw new Error('the card was declined')
})
/** Runs until it is told to stop. */
export const wait = defineJob('wait', { queue: 'slow', input }, (_, job) => job.sleep(600_000))
/** Two of each tenant run, the others wait for the rate. */
export const deliver = defineJob('deliver', { queue: deliveries, input, group: ({ tenant }) => tenant }, () => 'there')

export const handlers = [greet, charge, wait, deliver]

interface WorldOptions extends OpenOptions, ServedOptions {
  path?: string
  /** `some`: a bit of everything, worked. `none`: a store that was never used. */
  jobs?: 'some' | 'none'
}

/** The page on a store of its own with a bit of everything in it. */
export async function openWorld(
  openAt: Open,
  { path = '/', jobs = 'some', ...options }: WorldOptions = {},
): Promise<Shown> {
  if (jobs === 'none') return showPage(openAt, [], { path, ...options })
  const served = await serveStore(handlers, options)
  await served.work({ graceMs: 0 })
  const { store } = served
  await store.enqueueMany(greet, [{}, {}, {}])
  await store.enqueueMany(charge, [{ tenant: 'acme' }, { tenant: 'acme' }], { group: 'acme' })
  await store.enqueueMany(wait, [{}, {}])
  await store.enqueueMany(
    deliver,
    Array.from({ length: 8 }, () => ({ tenant: 'globex' })),
  )
  const depths = async () =>
    Object.fromEntries(
      (await store.depth(['mail', 'money', 'slow'])).map((one) => [one.queue, one.done + one.dead + one.running]),
    )
  await expect.poll(depths, { timeout: 30_000 }).toEqual({ mail: 3, money: 2, slow: 2 })
  return { ...served, ...(await openAt(served.url + path, options)) }
}
