import { connect as dial } from 'node:net'
import { describe, expect, test } from 'vitest'
import { serveStore } from '../../../test/support/api.ts'
import { defineJob } from '../../job/definition.ts'
import { unchecked } from '../../job/schema.ts'
import type { Fleet, StreamEvent } from '../../contract/fleet.ts'
import type { ApiClient } from '../client/client.ts'
import type { ApiEvent, EventsWanted } from '../client/events.ts'

const echo = (name: string, queue: string) =>
  defineJob(name, { input: unchecked<{ password: string }>(), queue, attempts: 1 }, (input) => {
    if (input.password === 'wrong') throw new Error('refused')
    return input
  })
const handlers = [echo('mail', 'mails'), echo('bill', 'bills')]

/** Gathers events until the test has what it wants. */
function gather(api: ApiClient, wanted: EventsWanted = {}): { seen: ApiEvent[]; end: () => Promise<void> } {
  const abort = new AbortController()
  const seen: ApiEvent[] = []
  const over = (async () => {
    for await (const event of api.events({ ...wanted, signal: abort.signal })) seen.push(event)
  })()
  return {
    seen,
    end() {
      abort.abort()
      return over.catch(() => undefined)
    },
  }
}

describe('events', () => {
  test('jobs and queues are told of, without payloads, to whom they concern', async () => {
    const { api, as, work } = await serveStore(handlers)
    await work()
    const all = gather(api)
    await expect.poll(() => all.seen.filter(({ event }) => event === 'queue.depth').length).toBeGreaterThan(0)
    const scoped = await as('operate', ['mails'])
    const mails = gather(scoped, { event: ['job'] })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await scoped.jobs.submit({ name: 'mail', input: { password: 'wrong' } })
    await (await as('admin')).jobs.submit({ name: 'bill', input: { password: 'secret-one' } })
    await expect.poll(() => all.seen.filter(({ event }) => event === 'job.ended').length, { timeout: 5_000 }).toBe(2)
    await expect.poll(() => mails.seen.filter(({ event }) => event === 'job.ended').length, { timeout: 5_000 }).toBe(1)
    expect(mails.seen.every(({ queue, event }) => queue === 'mails' && event.startsWith('job.'))).toBe(true)
    expect(mails.seen.find(({ event }) => event === 'job.ended')).toMatchObject({
      data: { name: 'mail', verdict: 'dead' },
    })
    expect(JSON.stringify(all.seen)).not.toContain('secret-one')
    await Promise.all([all.end(), mails.end()])
  })

  test('the hundred and first watcher is turned away, and one that left makes room', async () => {
    const { api, url } = await serveStore(handlers)
    const { port } = new URL(url)
    const sockets = await Promise.all(
      Array.from(
        { length: 100 },
        () =>
          new Promise<ReturnType<typeof dial>>((resolve) => {
            const socket = dial(Number(port), '127.0.0.1', () =>
              socket.write('GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'),
            )
            socket.once('data', () => resolve(socket))
          }),
      ),
    )
    const answer = await fetch(`${url}/v1/events`)
    expect([answer.status, await answer.json()]).toEqual([429, expect.objectContaining({ code: 'FW_API_TOO_MANY' })])
    sockets.pop()!.destroy()
    await expect
      .poll(async () => {
        const again = await fetch(`${url}/v1/events`)
        await again.body!.cancel()
        return again.status
      })
      .toBe(200)
    expect(await api.queues.list()).toHaveLength(2)
    for (const socket of sockets) socket.destroy()
  })

  test('a watcher that never reads is let go; the others are not held up', async () => {
    let tell: (events: StreamEvent[]) => void = () => {}
    const fleet: Fleet = {
      ask: async () => ({ answers: [], missing: [] }),
      watch(listener) {
        tell = listener
        return () => {}
      },
    }
    const { api, url } = await serveStore(handlers, { fleet })
    const deaf = dial({ port: Number(new URL(url).port), host: '127.0.0.1' })
    const closed = new Promise((resolve) => deaf.on('close', resolve).on('error', () => undefined))
    deaf.write('GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    deaf.pause()
    const good = gather(api)
    await expect.poll(() => good.seen.length).toBeGreaterThan(0)
    const flood = { event: 'test.flood', atMs: 0, data: { text: 'x'.repeat(1_000) } }
    const rounds = 300
    for (let round = 0; round < rounds; round++) {
      tell(new Array<StreamEvent>(100).fill(flood))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    let bytes = 0
    deaf.on('data', (chunk) => (bytes += chunk.length)).resume()
    await closed
    expect(bytes).toBeLessThan(rounds * 100 * 1_000)
    await expect
      .poll(() => good.seen.filter(({ event }) => event === 'test.flood').length, { timeout: 5_000 })
      .toBe(rounds * 100)
    await good.end()
  })
})
