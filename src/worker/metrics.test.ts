import { afterEach, expect, test } from 'vitest'
import { type Client, connect, defineJob, GiveUp, unchecked } from '../index.ts'
import type { MetricFamily } from '../contract/metrics.ts'

const open: Client[] = []
async function memoryClient(): Promise<Client> {
  const client = await connect('memory:')
  open.push(client)
  return client
}

afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
})

const valueOf = (families: MetricFamily[], name: string, labels: Record<string, string> = {}) =>
  families
    .flatMap(({ samples, ...family }) => samples.map((sample) => ({ name: family.name, ...sample })))
    .find((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    ?.value

const mail = defineJob('mail', { queue: 'mails', input: unchecked<{ n: number }>() }, async ({ n }) => {
  if (n === 3) throw new GiveUp('no such address')
})

test('with `metrics` a worker counts from its first job on', async () => {
  const client = await memoryClient()
  const worker = await client.work([mail], { metrics: true, concurrency: 7 })
  await client.enqueueMany(
    mail,
    [0, 1, 2, 3].map((n) => ({ n })),
  )
  await worker.idle()
  const families = worker.metrics()
  const of = { queue: 'mails', name: 'mail' }
  expect(valueOf(families, 'fiber_work_jobs_total', { ...of, outcome: 'done' })).toBe(3)
  expect(valueOf(families, 'fiber_work_jobs_total', { ...of, outcome: 'dead' })).toBe(1)
  expect(valueOf(families, 'fiber_work_jobs_enqueued_total', { ...of, outcome: 'added' })).toBe(4)
  expect(valueOf(families, 'fiber_work_job_run_seconds_count', of)).toBe(4)
  expect(valueOf(families, 'fiber_work_job_wait_seconds_count', { queue: 'mails' })).toBe(4)
  expect(valueOf(families, 'fiber_work_slots')).toBe(7)
  expect(valueOf(families, 'fiber_work_worker_state', { state: 'running' })).toBe(1)
  expect(valueOf(families, 'fiber_work_worker_info', { driver: 'memory' })).toBe(1)
  expect(valueOf(families, 'fiber_work_worker_silence_seconds')).toBeLessThan(10)
})

test('without, it counts from the first question on; what runs now is there all the same', async () => {
  const client = await memoryClient()
  const gate = Promise.withResolvers<void>()
  const slow = defineJob('slow', { queue: 'slow' }, () => gate.promise)
  const worker = await client.work([mail, slow])
  await client.enqueue(mail, { n: 0 })
  await client.enqueue(slow, undefined)
  await expect.poll(() => worker.running).toBe(1)
  const done = (families: MetricFamily[]) =>
    valueOf(families, 'fiber_work_jobs_total', { name: 'mail', outcome: 'done' })
  const first = worker.metrics()
  expect(done(first)).toBe(0)
  expect(valueOf(first, 'fiber_work_jobs_in_flight', { queue: 'slow' })).toBe(1)
  await client.enqueue(mail, { n: 1 })
  gate.resolve()
  await worker.idle()
  expect(done(worker.metrics())).toBe(1)
})

test('two workers of a process count their own jobs', async () => {
  const client = await memoryClient()
  const other = defineJob('other', { queue: 'others' }, async () => {})
  const [mails, others] = [await client.work([mail], { metrics: true }), await client.work([other], { metrics: true })]
  await client.enqueue(mail, { n: 0 })
  await mails.idle()
  const jobs = (families: MetricFamily[]) =>
    families.find(({ name }) => name === 'fiber_work_jobs_total')?.samples.reduce((sum, { value }) => sum + value, 0)
  expect([jobs(mails.metrics()), jobs(others.metrics())]).toEqual([1, 0])
})

test('paused and stopped it says so', async () => {
  const client = await memoryClient()
  const worker = await client.work([mail], { metrics: true })
  worker.pause()
  expect(valueOf(worker.metrics(), 'fiber_work_worker_state', { state: 'paused' })).toBe(1)
  expect(valueOf(worker.metrics(), 'fiber_work_slots_cut', { by: 'paused' })).toBe(1)
  await worker.stop()
  expect(valueOf(worker.metrics(), 'fiber_work_worker_state', { state: 'stopped' })).toBe(1)
})
