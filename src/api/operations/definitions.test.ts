import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { serveStore } from '../../../test/support/api.ts'
import { defineJob } from '../../job/definition.ts'
import { unchecked } from '../../job/schema.ts'

const call = defineJob(
  'call',
  { input: unchecked<{ tenant: string }>(), queue: 'calls', group: ({ tenant }) => tenant },
  () => undefined,
)

describe('definitions', () => {
  const defined = [
    defineJob('zeta', { queue: 'orders' }, () => undefined),
    defineJob('any', { input: unchecked<unknown>(), queue: 'orders', priority: 9, attempts: 1, tags: ['x'] }, () => 1),
    call,
    defineJob(
      'pay',
      {
        input: z.object({
          cents: z.int().min(1),
          card: z.string().meta({ sensitive: true }),
          note: z.string().default(''),
        }),
        queue: 'money',
        timeoutMs: false,
        tenant: 'acme',
      },
      () => undefined,
    ),
  ]

  test('what a form needs to submit a job: schema and defaults', async () => {
    const { api } = await serveStore(defined)
    const all = await api.jobs.definitions()
    expect(all.map(({ name }) => name)).toEqual(['any', 'call', 'pay', 'zeta'])
    const [any, calls, pay, zeta] = all
    expect(any).toEqual({
      name: 'any',
      queue: 'orders',
      takesInput: true,
      priority: 9,
      attempts: 1,
      timeoutMs: 300_000,
      lane: 'loop',
      tags: ['x'],
      fromInput: [],
    })
    expect(calls).toMatchObject({ fromInput: ['group'] })
    expect(pay).toMatchObject({
      timeoutMs: false,
      tenant: 'acme',
      inputSchema: {
        type: 'object',
        properties: { cents: { type: 'integer', minimum: 1 }, card: { type: 'string', sensitive: true } },
        required: ['cents', 'card'],
      },
    })
    expect(zeta).toMatchObject({ takesInput: false, priority: 5, attempts: 5 })
    expect(zeta).not.toHaveProperty('inputSchema')
  })

  test('of other queues nothing is told', async () => {
    const { as } = await serveStore(defined)
    const enqueuer = await as('enqueue', ['mon*'])
    expect((await enqueuer.jobs.definitions()).map(({ name }) => name)).toEqual(['pay'])
  })

  test('a schema that cannot tell itself as JSON is left out', async () => {
    const standard = { version: 1 as const, vendor: 'x', validate: (value: unknown) => ({ value }) }
    const round: Record<string, unknown> = {}
    round['self'] = round
    const input = { '~standard': { ...standard, jsonSchema: { input: () => round } } }
    const { api } = await serveStore([defineJob('round', { input }, () => undefined)])
    const [one] = await api.jobs.definitions()
    expect(one).toMatchObject({ name: 'round', takesInput: true })
    expect(one).not.toHaveProperty('inputSchema')
  })
})
