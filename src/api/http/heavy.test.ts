import { request } from 'node:http'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { serveStore } from '../../../test/support/api.ts'
import { defineJob } from '../../job/definition.ts'

const greet = defineJob('greet', { input: z.object({ user: z.string() }) }, async () => {})
const batch = JSON.stringify({
  jobs: Array.from({ length: 100 }, () => ({ name: 'greet', input: { user: 'x'.repeat(1_000) } })),
})
const headers = { 'content-type': 'application/json' }

test('four large bodies are at work at once, small ones pass them, and who leaves is not waited for', async () => {
  const { url, store, api } = await serveStore([greet])
  const held: (() => void)[] = []
  const enqueue = store.enqueuePrepared.bind(store)
  store.enqueuePrepared = async (jobs) => {
    await new Promise<void>((resolve) => held.push(resolve))
    return enqueue(jobs)
  }
  const send = async (body = batch) => (await fetch(`${url}/v1/jobs/batch`, { method: 'POST', headers, body })).status
  const first = Array.from({ length: 4 }, () => send())
  await expect.poll(() => held.length).toBe(4)
  const gone = request(`${url}/v1/jobs/batch`, { method: 'POST', headers, agent: false }).on('error', () => {})
  gone.end(batch)
  const refused = send(batch.replace('}]}', '}]'))
  const later = Array.from({ length: 6 }, () => send())
  gone.destroy()
  // By the time it is answered the server has also heard who left.
  expect(await api.jobs.submit({ name: 'greet', input: { user: 'Ada' } })).toMatchObject({ outcome: 'added' })
  expect(held).toHaveLength(4)
  for (const done of held.splice(0)) done()
  expect(await Promise.all(first)).toEqual([200, 200, 200, 200])
  expect(await refused).toBe(400)
  await expect.poll(() => held.length).toBe(4)
  for (const done of held.splice(0)) done()
  await expect.poll(() => held.length).toBe(2)
  for (const done of held.splice(0)) done()
  expect(await Promise.all(later)).toEqual([200, 200, 200, 200, 200, 200])
})

test('a connection that is cut while its large body is at work makes room', async () => {
  const { url, store } = await serveStore([greet])
  let begun = 0
  const { promise: never, resolve: end } = Promise.withResolvers<[]>()
  store.enqueuePrepared = () => (begun++, never)
  const send = () => {
    const sent = request(`${url}/v1/jobs/batch`, { method: 'POST', headers, agent: false }).on('error', () => {})
    sent.end(batch)
    return sent
  }
  const first = Array.from({ length: 4 }, send)
  await expect.poll(() => begun).toBe(4)
  const second = Array.from({ length: 4 }, send)
  for (const one of first) one.destroy()
  await expect.poll(() => begun).toBe(8)
  for (const one of second) one.destroy()
  // Closing the server waits for them.
  end([])
})

test('long polls for many jobs are nothing heavy', async () => {
  const { url, api } = await serveStore([greet])
  const { id } = await api.jobs.submit({ name: 'greet', input: { user: 'Ada' } })
  const ids = [id, ...Array.from({ length: 500 }, (_, n) => `${n}-${'x'.repeat(200)}`)]
  const end = new AbortController()
  const polls = Array.from({ length: 4 }, () =>
    fetch(`${url}/v1/jobs/results`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ids, waitMs: 30_000 }),
      signal: end.signal,
    }),
  )
  const answer = await fetch(`${url}/v1/jobs/batch`, { method: 'POST', headers, body: batch })
  expect(answer.status).toBe(200)
  end.abort()
  for (const poll of await Promise.allSettled(polls)) expect(poll.status).toBe('rejected')
})
