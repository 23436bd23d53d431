import { expect, it, vi } from 'vitest'
import { job, world } from '../../test/support/postgres-world.ts'

it('every connection has its plans for verdicts by the time the first jobs have run', async (context) => {
  const { open, query, schema } = await world(context)
  const { driver } = await open({ connections: 3 })
  const settling = async () => {
    const [found] = await query(
      "select count(*)::int as connections from pg_stat_activity where application_name = 'fiber-work' and position($1 in query) > 0",
      [`"${schema}"."settle_within_`],
    )
    return found!['connections']
  }
  await driver.enqueue({ lane: 0, seq: 1 }, [job('a')])
  expect(await settling()).toBe(0)
  const demand = [{ queue: 'q', limit: 1 }]
  const signal = new AbortController().signal
  const { jobs } = await driver.reserve({ lane: 1, seq: 1 }, { demand, limit: 1, waitMs: 0, signal })
  expect(jobs).toHaveLength(1)
  await vi.waitFor(async () => expect(await settling()).toBeGreaterThanOrEqual(2), 10_000)
  const [settled] = await driver.settle({ lane: 2, seq: 1 }, [{ receipt: jobs[0]!.receipt, verdict: { kind: 'done' } }])
  expect(settled!.outcome).toBe('settled')
})
