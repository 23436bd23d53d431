import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { failure, fiberOf, inside, serve } from '../../test/support/http.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { UpstreamFrozenError } from '../../src/contract/upstream.ts'
import { defineJob, unchecked } from '../../src/index.ts'
import { createHttp, Http } from './index.ts'

/** A service that refuses its first call (of a path) with these headers, and then answers. */
async function refusing(headers: Record<string, string>, status = 429) {
  const seen = new Set<string | undefined>()
  return serve((request, response: ServerResponse) => {
    if (!seen.has(request.url)) response.writeHead(status, headers)
    seen.add(request.url)
    response.end('x')
  })
}

const spentFor = (s: number) => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(s) })
const once = { retry: false } as const

describe('a service that wants no more calls', () => {
  test('gets none from any job, with that credential, and the job is told to come back', async () => {
    await using server = await refusing({ 'retry-after': '20' })
    const told = heard('upstream.frozen')
    const mine = { headers: { authorization: 'Bearer mine' }, ...once }
    expect((await inside(fiberOf(), () => Http.get(server.origin, mine))).status).toBe(429)
    const error = (await failure(
      inside(fiberOf(), () => Http.post(`${server.origin}/other`, mine)),
    )) as UpstreamFrozenError
    expect(error).toBeInstanceOf(UpstreamFrozenError)
    expect(error).toMatchObject({ code: 'FW_UPSTREAM_FROZEN', upstream: server.origin })
    expect(error.releaseMs).toBeGreaterThan(18_000)
    expect(error.releaseMs).toBeLessThan(20_250 + 2_100)
    expect(error.message).not.toContain('mine')
    expect(server.requests).toEqual(['GET /'])
    for (const headers of [{ authorization: 'Bearer theirs' }, { 'x-api-key': 'k' }, {}]) {
      expect((await inside(fiberOf(), () => Http.get(server.origin, { headers, ...once }))).status).toBe(200)
    }
    expect(told).toMatchObject([{ upstream: server.origin, status: 429 }])
  })

  test('503 with Retry-After, and a spent limit of a good answer, say the same', async () => {
    await using busy = await refusing({ 'retry-after': '20' }, 503)
    await using spent = await refusing({ ratelimit: '"default";r=0;t=20' }, 200)
    for (const { origin } of [busy, spent]) {
      await inside(fiberOf(), () => Http.get(origin, once))
      expect(await failure(inside(fiberOf(), () => Http.get(origin, once)))).toMatchObject({
        code: 'FW_UPSTREAM_FROZEN',
      })
    }
  })

  test('a job does not sit through the pause of its own retry either', async () => {
    await using server = await refusing({ 'retry-after': '5' })
    expect(await failure(inside(fiberOf(), () => Http.get(server.origin)))).toMatchObject({
      code: 'FW_UPSTREAM_FROZEN',
    })
    expect(server.requests).toHaveLength(1)
  })

  test('a short pause is waited for', async () => {
    await using server = await refusing(spentFor(0.4))
    await inside(fiberOf(), () => Http.get(server.origin, once))
    const startedMs = performance.now()
    expect((await inside(fiberOf(), () => Http.get(server.origin, once))).status).toBe(200)
    expect(performance.now() - startedMs).toBeGreaterThan(300)
  })

  test('`wait` waits, a job that has not so much time left is told to come back', async () => {
    await using server = await refusing(spentFor(1.2))
    const http = createHttp({ upstream: 'wait', ...once })
    await inside(fiberOf(), () => http.get(server.origin))
    const hurried = inside(fiberOf({ timeoutMs: 500 }), () => http.get(server.origin))
    expect(await failure(hurried)).toMatchObject({ code: 'FW_UPSTREAM_FROZEN' })
    expect((await inside(fiberOf(), () => http.get(server.origin))).status).toBe(200)
  })

  test('`ignore` neither asks nor listens; outside of a job calls are sent', async () => {
    await using server = await refusing({ 'retry-after': '20' })
    await inside(fiberOf(), () => Http.get(server.origin, { upstream: 'ignore', ...once }))
    expect((await inside(fiberOf(), () => Http.get(server.origin, once))).status).toBe(200)
    await inside(fiberOf(), () => Http.get(`${server.origin}/b`, once))
    expect((await inside(fiberOf(), () => Http.get(server.origin, { upstream: 'ignore' }))).status).toBe(200)
    expect((await Http.get(server.origin)).status).toBe(200)
  })

  test('a redirect to it ends there', async () => {
    await using frozen = await refusing({ 'retry-after': '20' })
    await inside(fiberOf(), () => Http.get(frozen.origin, once))
    await using server = await serve((_request, response) => response.writeHead(302, { location: frozen.origin }).end())
    expect(await failure(inside(fiberOf(), () => Http.get(server.origin)))).toMatchObject({ upstream: frozen.origin })
  })

  test('an unknown mode is refused', async () => {
    expect(() => createHttp({ upstream: 'never' as never })).toThrow(/release, wait, ignore/)
    expect(await failure(Http.get('http://127.0.0.1:1', { upstream: 'later' as never }))).toMatchObject({
      code: 'FW_CONFIG_INVALID',
    })
  })

  test('a job that meets it is released, burns no attempt, and runs again by itself', async () => {
    await using server = await refusing(spentFor(1.3))
    const attempts: number[] = []
    const job = defineJob('call', { input: unchecked<string>(), attempts: 1 }, async (path, { attempt }) => {
      attempts.push(attempt)
      return (await Http.get(`${server.origin}${path}`)).throw().status
    })
    const { client } = await working([job])
    const sent = await client.enqueue(job, '/a')
    await until(async () => (await sent.status())?.state === 'delayed')
    const record = await sent.status()
    expect(record).toMatchObject({ attempts: 0, error: expect.stringContaining('FW_UPSTREAM_FROZEN') })
    const second = await client.enqueue(job, '/a')
    await until(async () => (await second.status())?.state === 'delayed')
    expect(server.requests).toHaveLength(1)
    expect(await Promise.all([sent.result(), second.result()])).toEqual([200, 200])
    expect(attempts).toEqual([1, 1, 1, 1])
  }, 20_000)
})
