import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { current, defineJob, defineService, defineSingleton, disposeSingletons, Http } from '../index.ts'
import { fake, mockHttp, runJob, testClient } from '../testing.ts'

interface Mailer {
  send: (to: string) => Promise<string>
}

const disposed: string[] = []
const mailer = defineService(
  'mailer',
  (): Mailer => ({ send: async () => 'really sent' }),
  () => disposed.push('mailer'),
)
const pool = defineSingleton(
  'pool',
  () => ({ query: async () => 'real rows' }),
  () => disposed.push('pool'),
)

const uses = defineJob('uses', {}, async (_, { scope }) => [
  await mailer.get().send('ada'),
  await scope.get(mailer).send('ada'),
  await pool.get().query(),
  scope.get('user'),
  current().tenant,
])

describe('services and scope', () => {
  it('are replaced for the jobs of the test alone', async () => {
    const sent: string[] = []
    const send = async (to: string) => (sent.push(to), 'faked')
    // @ts-expect-error A fake is of the service's type.
    void fake(mailer, { send: 5 })
    const services = [fake(mailer, { send }), [pool, { query: async () => 'fake rows' }]] as const
    const [faked, real] = await Promise.all([
      runJob(uses, undefined, { services, scope: { user: 'grace' }, tenant: 'acme' }),
      runJob(uses, undefined),
    ])
    expect(faked.result).toEqual(['faked', 'faked', 'fake rows', 'grace', 'acme'])
    expect(real.result).toEqual(['really sent', 'really sent', 'real rows', null, null])
    expect(sent).toEqual(['ada', 'ada'])
    await disposeSingletons()
    expect(disposed).toEqual(['mailer', 'pool'])
  })

  it('hold for all jobs of a test client', async () => {
    await using client = await testClient([uses], { services: [[pool, { query: async () => 'fake rows' }]] })
    const sent = await client.enqueueMany(uses, [undefined, undefined])
    await client.drain()
    expect(await Promise.all(sent.map((one) => one.result()))).toEqual([
      expect.arrayContaining(['fake rows']),
      expect.arrayContaining(['fake rows']),
    ])
    await disposeSingletons()
  })
})

describe('what was heard and enqueued', () => {
  const child = defineJob('child', { input: z.object({ n: z.number() }) }, () => {})
  const parent = defineJob('parent', { attempts: 1 }, async (_, job) => {
    job.log.info('begins', { n: 1 })
    await job.enqueue(child, { n: 1 })
    await job.enqueue(child, { n: 2 }, { tenant: 'other', group: 'g' })
    if (job.tags.includes('bad')) throw new Error('no')
  })

  it('is told without what changes from run to run', async () => {
    const runs = [
      await runJob(parent, undefined, { tenant: 'acme' }),
      await runJob(parent, undefined, { tenant: 'acme' }),
    ]
    expect(runs[0]!.heard).toEqual(runs[1]!.heard)
    expect(runs[0]!.heard).toEqual([
      { event: 'job.started', name: 'parent', queue: 'default', group: 'acme', tenant: 'acme', attempt: 1, crashes: 0 },
      expect.objectContaining({ event: 'job.log', level: 'info', message: 'begins', fields: { n: 1 } }),
      expect.objectContaining({ event: 'job.ended', verdict: 'done', timedOut: false }),
    ])
    expect(runs[0]!.followUps.map(({ input, tenant, group }) => [input, tenant, group])).toEqual([
      [{ n: 1 }, 'acme', 'acme'],
      [{ n: 2 }, 'other', 'g'],
    ])
  })

  it('is told of a test client’s jobs, and of nobody else’s', async () => {
    await using client = await testClient([parent, child])
    await client.enqueue(parent, undefined, { tenant: 'acme' })
    await client.enqueue(parent, undefined, { tags: ['bad'] })
    await Promise.all([client.drain(), runJob(parent, undefined, { tags: ['bad'] })])
    const ends = client.heard.filter(({ event }) => event === 'job.ended')
    expect(ends.map((event) => ('verdict' in event ? `${event.name} ${event.verdict}` : '')).toSorted()).toEqual([
      'child done',
      'child done',
      'parent dead',
      'parent done',
    ])
    expect((await client.enqueued(child)).map(({ tenant, group }) => [tenant, group])).toEqual([
      ['acme', 'acme'],
      ['other', 'g'],
    ])
  })
})

describe('mockHttp', () => {
  const url = 'https://api.test/hook'
  const asks = defineJob(
    'asks',
    { input: z.object({ by: z.enum(['job.http', 'Http', 'fetch']) }), attempts: 1 },
    async ({ by }, job) => {
      const body = JSON.stringify({ by })
      const answer =
        by === 'fetch'
          ? await fetch(url, { method: 'POST', body, headers: { 'X-By': by } })
          : await (by === 'Http' ? Http : job.http).post(url, { body, headers: { 'X-By': by } })
      return [answer.status, await answer.json(), answer.url, answer.headers.get('x-answer')]
    },
  )

  it.each(['job.http', 'Http', 'fetch'] as const)('answers for %s', async (by) => {
    const http = mockHttp()
    http.reply(`POST ${url}`, 201, { ok: true }, { 'x-answer': 'yes' })
    const ran = await runJob(asks, { by }, { http })
    expect(ran).toMatchObject({ state: 'done', result: [201, { ok: true }, url, 'yes'] })
    expect(http.calls).toMatchObject([{ method: 'POST', url, body: `{"by":"${by}"}`, headers: { 'x-by': by } }])
    expect(ran.heard.filter(({ event }) => event === 'http.ended')).toMatchObject([
      { status: 201, origin: 'https://api.test' },
    ])
    http.assertDone()
  })

  it.each(['job.http', 'Http', 'fetch'] as const)('refuses what nothing answers, by %s, at once', async (by) => {
    const http = mockHttp()
    http.reply('GET https://api.test/other', 200)
    const ran = await runJob(asks, { by }, { http })
    expect(ran.error).toMatchObject({
      code: 'FW_HTTP_INVALID',
      message: expect.stringContaining(
        `mockHttp: nothing answers POST ${url}. Answered are GET https://api.test/other`,
      ) as string,
    })
    expect(http.calls).toHaveLength(1)
    expect(() => http.assertDone()).toThrow(
      `mockHttp: nothing answers POST ${url}; nobody has asked for GET https://api.test/other.`,
    )
    expect(() => http.assertDone()).toThrow(expect.objectContaining({ code: 'ERR_ASSERTION' }))
  })

  it('lets Http try again, and fails as the network does', async () => {
    const http = mockHttp()
    http.reply('GET https://api.test/', 503).times(2)
    http.reply('GET https://api.test/', 200, 'at last')
    const gets = defineJob('gets', {}, async (_, job) =>
      (await job.http.get('https://api.test/', { retry: { backoff: { kind: 'fixed', baseMs: 1 } } })).text(),
    )
    expect((await runJob(gets, undefined, { http })).result).toBe('at last')
    http.agent.get('https://api.test').intercept({ path: '/' }).replyWithError(new Error('cut')).persist()
    expect((await runJob(gets, undefined, { http })).error).toMatchObject({ code: 'FW_HTTP_FAILED' })
  })

  it('stops with its job', async () => {
    const http = mockHttp()
    http.reply('GET https://api.test/', 200, 'late').delay(10_000).persist()
    for (const get of [() => fetch('https://api.test/'), () => Http.get('https://api.test/')]) {
      const slow = defineJob('slow', { attempts: 1, timeoutMs: 20 }, async () => void (await get()))
      expect(await runJob(slow, undefined, { http })).toMatchObject({
        state: 'dead',
        error: { code: 'FW_HANDLER_TIMEOUT' },
      })
    }
  })

  it('each job has its own, and the test itself the real network', async () => {
    const server = createServer((_, response) => void response.end('real')).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const real = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const before = globalThis.fetch
    const gets = defineJob('gets', {}, async () => [
      await (await Http.get(real)).text(),
      await (await fetch(real)).text(),
    ])
    const answering = (text: string) => {
      const http = mockHttp()
      http.reply(`GET ${real}`, 200, text).persist()
      return http
    }
    const runs = await Promise.all([
      runJob(gets, undefined, { http: answering('one') }),
      runJob(gets, undefined, { http: answering('two') }),
      runJob(gets, undefined),
      fetch(real).then(async (response) => ({ result: await response.text() })),
    ])
    expect(runs.map(({ result }) => result)).toEqual([['one', 'one'], ['two', 'two'], ['real', 'real'], 'real'])
    expect(globalThis.fetch).toBe(before)
  })

  it('answers the jobs of a test client, and by itself', async () => {
    const http = mockHttp()
    http.reply(`POST ${url}`, 200, {}).times(2)
    await using client = await testClient([asks], { http })
    await client.enqueueMany(asks, [{ by: 'Http' }, { by: 'fetch' }])
    expect(await client.drain()).toMatchObject({ done: 2 })
    http.assertDone()
    http.reply('GET https://api.test/x?y=1', 204)
    expect((await http.get('https://api.test/x', { query: { y: 1 } })).status).toBe(204)
    expect(() => http.reply('api.test', 200)).toThrow('"GET https://host/path"')
  })
})
