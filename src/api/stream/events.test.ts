import { connect as dial } from 'node:net'
import { describe, expect, test } from 'vitest'
import { serveStore } from '../../../test/support/api.ts'
import { systemEnv } from '../../base/env.ts'
import { defineJob } from '../../job/definition.ts'
import { unchecked } from '../../job/schema.ts'
import type { EventWish, Fleet, StreamEvent } from '../../contract/fleet.ts'
import { answersOf } from '../../worker/answers.ts'
import { fleetOfWorker } from '../../worker/fleet.ts'
import { TokenBook } from '../auth/token-book.ts'
import { ApiClient } from '../client/client.ts'
import type { ApiEvent, EventsWanted } from '../client/events.ts'
import { Definitions } from '../definitions.ts'
import { localTransport } from '../local-transport.ts'
import { apiOf } from '../server.ts'

const echo = (name: string, queue: string) =>
  defineJob(name, { input: unchecked<{ password: string }>(), queue, attempts: 1 }, (input) => {
    if (input.password === 'wrong') throw new Error('refused')
    return input
  })
const handlers = [echo('mail', 'mails'), echo('bill', 'bills')]

/** Gathers events until the test has what it wants. */
function gather(
  api: ApiClient,
  wanted: EventsWanted = {},
): { seen: ApiEvent[]; over: Promise<void>; end: () => Promise<void> } {
  const abort = new AbortController()
  const seen: ApiEvent[] = []
  const over = (async () => {
    for await (const event of api.events({ ...wanted, signal: abort.signal })) seen.push(event)
  })()
  return {
    seen,
    over,
    end() {
      abort.abort()
      return over.catch(() => undefined)
    },
  }
}

describe('events', () => {
  test('jobs and queues are told of, without payloads, to whom they concern', async () => {
    const { as, work } = await serveStore(handlers)
    await work()
    const admin = await as('admin')
    const all = gather(admin)
    await expect.poll(() => all.seen.filter(({ event }) => event === 'queue.depth').length).toBeGreaterThan(0)
    const scoped = await as('operate', ['mails'])
    const mails = gather(scoped, { event: ['job'] })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await scoped.jobs.submit({ name: 'mail', input: { password: 'wrong' } })
    await admin.jobs.submit({ name: 'bill', input: { password: 'secret-one' } })
    await expect.poll(() => all.seen.filter(({ event }) => event === 'job.ended').length, { timeout: 5_000 }).toBe(2)
    await expect.poll(() => mails.seen.filter(({ event }) => event === 'job.ended').length, { timeout: 5_000 }).toBe(1)
    expect(mails.seen.every(({ queue, event }) => queue === 'mails' && event.startsWith('job.'))).toBe(true)
    expect(mails.seen.find(({ event }) => event === 'job.ended')).toMatchObject({
      data: { name: 'mail', verdict: 'dead' },
    })
    expect(JSON.stringify(all.seen)).not.toContain('secret-one')
    await Promise.all([all.end(), mails.end()])
  })

  test('while nothing happens one is told that the stream is there', { timeout: 30_000 }, async () => {
    const { api } = await serveStore([])
    let alive = 0
    const all = gather(api, { event: ['job'], onAlive: () => void alive++ })
    await expect.poll(() => alive, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(all.seen).toEqual([])
    await all.end()
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
      tell(Array.from({ length: 100 }, () => flood))
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

  test('processes are shown once a second to who names them, one look for all; no one else pays for it', async () => {
    let asked = 0
    const wishes: (EventWish | undefined)[] = []
    const fleet: Fleet = {
      async ask(question) {
        if (question === 'snapshot') asked++
        return { answers: [{ process: 0, pid: 7, answer: { fibers: { running: asked } } as never }], missing: [] }
      },
      watch(_listener, wish) {
        wishes.push(wish)
        return () => void wishes.push(undefined)
      },
    }
    const { api } = await serveStore(handlers, { fleet })
    const others = gather(api)
    const overview = Array.from({ length: 5 }, () => gather(api, { event: ['queue.depth', 'process'] }))
    const shown = (at: number) => overview[at]!.seen.filter(({ event }) => event === 'process.snapshot')
    await expect.poll(() => overview.every((_, at) => shown(at).length >= 3), { timeout: 15_000 }).toBe(true)
    expect(shown(0)[0]).toMatchObject({ data: { process: 0, pid: 7, snapshot: { fibers: { running: 1 } } } })
    // Who came later was told what had been seen.
    expect(asked).toBeLessThan(2 * Math.max(...overview.map((_, at) => shown(at).length)))
    expect(others.seen.some(({ event }) => event === 'process.snapshot')).toBe(false)
    await others.end()
    await expect.poll(() => wishes.at(-2)).toEqual(['process', 'queue.depth'])
    await Promise.all(overview.map(({ end }) => end()))
    await expect.poll(() => wishes.at(-1)).toBe(undefined)
    const before = asked
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(asked).toBe(before)
  })

  test('a bulk action tells how far it is, to whom its queue concerns', async () => {
    const { store, as } = await serveStore(handlers)
    await store.enqueueMany(
      handlers[0]!,
      Array.from({ length: 60 }, () => ({ password: 'x' })),
    )
    const [mails, bills] = [await as('operate', ['mails']), await as('operate', ['bills'])]
    const event = ['bulk.progress']
    const heard = [gather(mails, { event }), gather(bills, { event })]
    const admin = await as('admin')
    await expect.poll(async () => (await admin.queues.list()).length).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { id } = await admin.bulk.start('cancel', { queue: 'mails' }, { ratePerSecond: 60 })
    await expect.poll(() => heard[0]!.seen.at(-1)?.data['state'], { timeout: 10_000 }).toBe('done')
    const told = heard[0]!.seen.map(({ data }) => data as { id: string; acted: number; state: string })
    expect(told.at(-1)).toMatchObject({ id, acted: 60, outcomes: { cancelled: 60 } })
    // It begins, comes further a few times, and ends: not once a batch.
    expect(told.length).toBeGreaterThanOrEqual(3)
    expect(told.length).toBeLessThanOrEqual(12)
    expect(heard[1]!.seen).toEqual([])
    await Promise.all(heard.map(({ end }) => end()))
  })
})

test('the same events without a server between', async () => {
  const { store, work } = await serveStore(handlers)
  const worker = await work()
  const fleet = fleetOfWorker(
    answersOf(() => worker),
    systemEnv,
  )
  const tokens = new TokenBook({ env: systemEnv, configured: [], ledger: () => undefined })
  const world = apiOf({ client: store, fleet, definitions: new Definitions(handlers) }, systemEnv, tokens)
  const local = new ApiClient(localTransport(world, { name: 'ada', role: 'admin' }))
  const all = gather(local, { event: ['job', 'queue.depth', 'process.snapshot'] })
  await expect
    .poll(() => new Set(all.seen.map(({ event }) => event)))
    .toEqual(new Set(['queue.depth', 'process.snapshot']))
  await local.jobs.submit({ name: 'mail', input: { password: 'x' } })
  await expect.poll(() => all.seen.map(({ event }) => event)).toContain('job.ended')
  await all.end()
  const wrong = gather(local, { event: ['No such'] })
  await expect(wrong.over).rejects.toMatchObject({ code: 'FW_API_INVALID' })
  await expect.poll(() => world.hub.watching).toBe(0)
})
