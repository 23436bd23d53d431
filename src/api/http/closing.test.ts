import { expect, test, vi } from 'vitest'
import { serveStore } from '../../../test/support/api.ts'
import { defineJob } from '../../index.ts'

const greet = defineJob('greet', {}, () => 'hello')

/** Long enough for everything that waits for nothing. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** The store answers no question about single jobs until it is let. */
function holding(store: { find: (ids: string[]) => Promise<unknown> }) {
  const { promise: open, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
  const find = store.find.bind(store)
  vi.spyOn(store, 'find').mockImplementation(async (ids) => {
    isAsked()
    await open
    return find(ids)
  })
  return { asked, letGo }
}

test.each([
  ['whose client has gone', true],
  ['whose client waits still', false],
])('close() waits for a handler %s: nothing of it runs on afterwards', async (_, leaves) => {
  const { url, server, store, api } = await serveStore([greet])
  const { id } = await api.jobs.submit({ name: 'greet' })
  const { asked, letGo } = holding(store)
  const client = new AbortController()
  const answer = fetch(`${url}/v1/jobs/${id}`, { signal: client.signal }).catch(() => 'cut')
  await asked
  if (leaves) client.abort()
  let isClosed = false
  const closing = server.close().then(() => (isClosed = true))
  await manyTurns()
  expect(isClosed).toBe(false)
  letGo()
  await closing
  expect(await answer).toBe('cut')
})

test('whoever waits for a result does not hold it', async () => {
  const failed = vi.fn()
  const { url, server, store, api } = await serveStore([greet], { failed })
  const { id } = await api.jobs.submit({ name: 'greet' })
  const waits = vi.spyOn(store, 'job')
  const answer = fetch(`${url}/v1/jobs/${id}/result?waitMs=60000`).catch(() => 'cut')
  await expect.poll(() => waits.mock.calls.length).toBe(1)
  await server.close()
  expect(await answer).toBe('cut')
  expect(failed).not.toHaveBeenCalled()
})

test('a handler that never ends does not hold it for ever, and is told of', async () => {
  const failed = vi.fn()
  const { url, server, store, api } = await serveStore([greet], { failed, closeMs: 20 })
  const { id } = await api.jobs.submit({ name: 'greet' })
  const { asked, letGo } = holding(store)
  const answer = fetch(`${url}/v1/jobs/${id}`).catch(() => 'cut')
  await asked
  await server.close()
  expect(await answer).toBe('cut')
  expect(String(failed.mock.calls[0]![0])).toContain('1 request')
  letGo()
})

test('a bulk action that a late handler begins is ended too', async () => {
  const { server, store, api } = await serveStore([greet])
  await api.jobs.submitMany(Array.from({ length: 50 }, () => ({ name: 'greet' })))
  const { promise: open, resolve: letGo } = Promise.withResolvers<void>()
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>()
  const list = store.list.bind(store)
  let lists = 0
  vi.spyOn(store, 'list').mockImplementation(async (...given) => {
    lists += 1
    isAsked()
    await open
    return list(...given)
  })
  const started = api.bulk.start('cancel', { queue: 'default' }, { ratePerSecond: 1 }).catch(() => 'cut')
  await asked
  const closing = server.close()
  await manyTurns()
  letGo()
  await closing
  expect(await started).toBe('cut')
  const before = lists
  await manyTurns()
  expect(lists).toBe(before)
  expect((await store.depth())[0]!.ready).toBeGreaterThan(0)
})
