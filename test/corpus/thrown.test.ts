import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { systemEnv } from '../../src/base/env.ts'
import { defineJob } from '../../src/job/definition.ts'
import { startLog } from '../../src/observe/log/log.ts'
import { traceIfRegistered } from '../../src/observe/traces/start.ts'
import { startSpans } from '../support/spans.ts'
import { json } from './doors/http.ts'
import { type Door, door, ownFolder } from './doors/served.ts'
import { thrown } from './families/thrown.ts'
import { canaries, leaked, planted, spilled } from './laws/canaries.ts'
import { count } from './laws/count.ts'
import { lawful } from './laws/answers.ts'

const recordBytesMax = 16 * 1_024

test('F12: whatever is thrown fails its job once, is told in 16 KB, and gives nothing away', async () => {
  const lines: string[] = []
  const log = await startLog({
    env: systemEnv,
    level: 'debug',
    format: 'json',
    write: (line) => void lines.push(String(line)),
  })
  const spans = startSpans()
  await traceIfRegistered(systemEnv, 'test')
  onTestFinished(() => {
    log.end()
    spans.end()
  })
  const runs = new Map<number, number>()
  const fail = defineJob(
    'fail',
    {
      input: z.object({ n: z.number(), sensitive: z.string().meta({ sensitive: true }) }).loose(),
      queue: 'thrown',
      attempts: 1,
      timeoutMs: 2_000,
    },
    ({ n }, job) => {
      runs.set(n, (runs.get(n) ?? 0) + 1)
      job.log.info(`begins with ${spilled}`, { apiKey: canaries.apiKey, headers: planted.headers })
      job.progress({ token: canaries.bearer })
      return thrown[n]!.fail()
    },
  )
  const fine = defineJob('fine', { queue: 'thrown' }, () => ({ accessToken: canaries.bearer, note: spilled }))
  const served = await door([fail, fine], { storeUrl: `sqlite:${join(ownFolder(), 'jobs.db')}`, open: false })
  const { store, ask } = served
  const worker = await served.work({ concurrency: 100, isolation: 'strict' })
  const stream = await fetch(`${served.url}/v1/events`, {
    headers: { authorization: `Bearer ${await tokenOf(served, 'admin')}` },
  })
  const events = read(stream)
  const ids: string[] = []
  for (const n of thrown.keys()) {
    const { status, body } = await ask({
      method: 'POST',
      path: '/v1/jobs',
      ...json({
        name: 'fail',
        input: { ...planted, n },
        headers: { 'x-api-key': canaries.apiKey, cookie: canaries.cookie },
      }),
    })
    expect(status, body).toBe(201)
    ids.push((JSON.parse(body) as { id: string }).id)
  }
  const { id: last } = await store.enqueue(fine, undefined)
  await expect
    .poll(async () => (await store.find([...ids, last])).map((record) => record?.state), { timeout: 20_000 })
    .toEqual([...ids.map(() => 'dead'), 'done'])
  const operator = { authorization: `Bearer ${await tokenOf(served, 'operate')}` }
  const told: string[] = []
  for (const [n, id] of ids.entries()) {
    const [record] = await store.find([id])
    expect([thrown[n]!.what, runs.get(n), record!.attempts], record!.error).toEqual([thrown[n]!.what, 1, 1])
    expect(Buffer.byteLength(record!.error ?? ''), thrown[n]!.what).toBeLessThanOrEqual(recordBytesMax)
    expect(record!.error, thrown[n]!.what).not.toBe('')
    for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/result`, `/v1/jobs/${id}/log`]) {
      const answer = await ask({ method: 'GET', path })
      expect(answer.status).toBe(200)
      // The stack of what a handler has thrown is the operator's to see.
      expect({ path, what: thrown[n]!.what, leaked: leaked(answer.body) }).toEqual({
        path,
        what: thrown[n]!.what,
        leaked: [],
      })
    }
  }
  told.push(await (await fetch(`${served.url}/v1/jobs?limit=500`, { headers: operator })).text())
  for (const path of [
    '/v1/jobs?limit=500',
    '/v1/queues',
    '/v1/stats',
    '/v1/workers',
    '/v1/audit',
    '/v1/tokens',
    '/v1/history',
    '/v1/limiters',
    '/metrics',
    '/healthz',
    '/readyz',
    '/v1/openapi.json',
    `/v1/jobs/${last}`,
    `/v1/jobs?error=${encodeURIComponent('canary')}`,
  ]) {
    const answer = await ask({ method: 'GET', path })
    if (!path.startsWith('/metrics'))
      if (!path.includes('jobs')) lawful({ ...answer, body: answer.body.slice(0, 400_000) })
    told.push(answer.body)
  }
  await worker.stop()
  await expect.poll(() => events.text).toContain(last)
  await stream.body?.cancel().catch(() => {})
  expect(leaked(told.join('\n'))).toEqual([])
  expect(leaked(lines.join('\n'))).toEqual([])
  expect(lines.length).toBeGreaterThan(thrown.length)
  const seen = spans
    .raw()
    .map(({ name, attributes, events: marks, status }) => JSON.stringify([name, attributes, marks, status]))
  expect(seen.length).toBeGreaterThan(thrown.length)
  expect(leaked(seen.join('\n'))).toEqual([])
  expect(events.text).toContain('job.')
  expect(leaked(events.text)).toEqual([])
  count('F12 worker', thrown.length)
})

async function tokenOf({ ask }: Door, role: 'admin' | 'operate'): Promise<string> {
  const { body } = await ask({ method: 'POST', path: '/v1/tokens', ...json({ name: role, role }) })
  return (JSON.parse(body) as { token: string }).token
}

/** What a stream of events has said so far. */
function read(stream: Response): { text: string } {
  const heard = { text: '' }
  void (async () => {
    for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>)
      heard.text += Buffer.from(chunk).toString('utf8')
  })().catch(() => {})
  return heard
}
