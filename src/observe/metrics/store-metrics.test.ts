import { expect, test } from 'vitest'
import { memory } from '../../../test/support/memory-store.ts'
import { systemEnv } from '../../base/env.ts'
import type { Driver } from '../../contract/driver.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import { StoreMetrics } from './store-metrics.ts'

const valueOf = (families: MetricFamily[], name: string, labels: Record<string, string> = {}) =>
  families
    .find((family) => family.name === name)
    ?.samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value

function watched(driver: Driver, queues: string[] = []) {
  const at = { ms: 0 }
  const asked: string[][] = []
  const spied = new Proxy(driver, {
    get: (target, key) =>
      key === 'depth' ? (of: string[]) => (asked.push(of), target.depth(of)) : (Reflect.get(target, key) as unknown),
  })
  const store = new StoreMetrics({ env: { ...systemEnv, monoMs: () => at.ms }, driver: spied, queues: () => queues })
  return { at, asked, store }
}

test('every queue of the store, by state, and how long the oldest job waits', async () => {
  const { driver } = await memory(['mails', 'mails', 'reports'])
  const families = await watched(driver, ['empty']).store.families()
  expect(valueOf(families, 'fiber_work_store_up')).toBe(1)
  expect(valueOf(families, 'fiber_work_queue_jobs', { queue: 'mails', state: 'ready' })).toBe(2)
  expect(valueOf(families, 'fiber_work_queue_jobs', { queue: 'reports', state: 'ready' })).toBe(1)
  expect(valueOf(families, 'fiber_work_queue_jobs', { queue: 'empty', state: 'dead' })).toBe(0)
  expect(valueOf(families, 'fiber_work_queue_oldest_ready_seconds', { queue: 'mails' })).toBeGreaterThanOrEqual(0)
  expect(valueOf(families, 'fiber_work_queue_paused', { queue: 'mails' })).toBe(0)
  expect(valueOf(families, 'fiber_work_queues_unlisted')).toBe(0)
  expect(valueOf(families, 'fiber_work_sessions', { state: 'alive' })).toBe(1)
})

test('the store is asked once in two seconds, however many ask', async () => {
  const { driver } = await memory(['mails'])
  const { at, asked, store } = watched(driver)
  await Promise.all([store.families(), store.families(), store.families()])
  at.ms = 1_999
  await store.families()
  expect(asked).toHaveLength(1)
  at.ms = 2_000
  await Promise.all([store.families(), store.families()])
  expect(asked).toHaveLength(2)
})

test('a store that fails is down, and nothing else is said of it, until it answers again', async () => {
  const { driver } = await memory(['mails'])
  const { at, store } = watched(driver, ['mails'])
  const depth = driver.depth.bind(driver)
  driver.depth = () => Promise.reject(new Error('gone'))
  expect(await store.families()).toMatchObject([{ name: 'fiber_work_store_up', samples: [{ value: 0 }] }])
  driver.depth = depth
  at.ms = 2_000
  expect(valueOf(await store.families(), 'fiber_work_queue_jobs', { queue: 'mails', state: 'ready' })).toBe(1)
})

test('of very many queues those of the worker come first, and the rest is a number', async () => {
  const { driver } = await memory(Array.from({ length: 250 }, (_, n) => `queue-${n}`))
  const { asked, store } = watched(driver, ['queue-249'])
  const families = await store.families()
  expect(asked[0]).toHaveLength(200)
  expect(asked[0]![0]).toBe('queue-249')
  expect(valueOf(families, 'fiber_work_queues_unlisted')).toBe(50)
})
