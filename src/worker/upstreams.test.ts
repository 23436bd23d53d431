import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryDriver } from '../../drivers/memory/index.ts'
import { failure, fiberOf, inside, serve } from '../../test/support/http.ts'
import { folder } from '../../test/support/sqlite.ts'
import { until, working } from '../../test/support/work.ts'
import { systemEnv } from '../base/env.ts'
import type { Ledger } from '../contract/ledger.ts'
import { connect, defineJob, Http, unchecked } from '../index.ts'
import { Upstreams } from '../limiter/upstreams.ts'
import { shareUpstreams } from './upstreams.ts'

const origin = 'https://api.test'
const mine = { authorization: 'Bearer mine' }
const now = () => systemEnv.nowMs()

async function openLedger(): Promise<Ledger> {
  const driver = memoryDriver()
  await driver.open()
  onTestFinished(() => driver.close())
  return driver.ledger!
}

async function sharing(ledger: Ledger, name: string): Promise<Upstreams> {
  const upstreams = new Upstreams(name)
  onTestFinished(await shareUpstreams(systemEnv, ledger, upstreams))
  return upstreams
}

const freeze = (upstreams: Upstreams, seconds: number) =>
  upstreams.learn(origin, mine, 429, { 'retry-after': String(seconds) }, now())

describe('what one process learns of a service', () => {
  test('all at the ledger know, of the same credential alone, and no secret is written down', async () => {
    const ledger = await openLedger()
    const [a, b] = [await sharing(ledger, 'a'), await sharing(ledger, 'b')]
    freeze(a, 30)
    await until(async () => (await ledger.list('upstream:', 10)).length === 1)
    const [record] = await ledger.list('upstream:', 10)
    expect(record!.key).toMatch(/^upstream:https:\/\/api\.test#[\w-]{22}$/)
    expect(record!.key + record!.value).not.toContain('mine')
    await b.called()
    expect(b.frozenUntilMs(origin, mine, now())).toBe(a.frozenUntilMs(origin, mine, now()))
    expect(b.frozenUntilMs(origin, { authorization: 'Bearer theirs' }, now())).toBe(0)
    expect(b.frozenUntilMs(origin, {}, now())).toBe(0)
    const c = await sharing(ledger, 'c')
    expect(c.frozenUntilMs(origin, mine, now())).toBeGreaterThan(now() + 25_000)
  })

  test('one that makes calls all the time learns it within about a second', async () => {
    const ledger = await openLedger()
    const [a, b] = [await sharing(ledger, 'a'), await sharing(ledger, 'b')]
    await b.called()
    freeze(a, 30)
    const startedMs = performance.now()
    await until(() => (void b.called(), b.frozenUntilMs(origin, mine, now()) > 0))
    expect(performance.now() - startedMs).toBeLessThan(4_000)
  })

  test('the later moment wins, whoever writes last', async () => {
    const ledger = await openLedger()
    const [a, b] = [await sharing(ledger, 'a'), await sharing(ledger, 'b')]
    freeze(a, 60)
    await until(async () => (await ledger.list('upstream:', 10)).length === 1)
    freeze(b, 5)
    await until(async () => b.frozenUntilMs(origin, mine, now()) > now() + 30_000)
    const [record] = await ledger.list('upstream:', 10)
    expect((JSON.parse(record!.value) as { untilMs: number }).untilMs).toBeGreaterThan(now() + 50_000)
  })

  test('no service is believed for more than an hour, and what is over is removed', async () => {
    const ledger = await openLedger()
    await ledger.write([{ key: 'upstream:https://old.test#x', value: JSON.stringify({ untilMs: 1 }), version: 0 }])
    await ledger.write([{ key: 'upstream:nonsense', value: '{', version: 0 }])
    const a = await sharing(ledger, 'a')
    expect(await ledger.list('upstream:', 10)).toEqual([])
    freeze(a, 10 ** 9)
    expect(a.frozenUntilMs(origin, mine, now())).toBeLessThan(now() + 3_601_000)
  })

  test('a ledger that fails leaves each process with what it has seen itself', async () => {
    const failing: Ledger = {
      read: () => Promise.reject(new Error('down')),
      list: () => Promise.reject(new Error('down')),
      write: () => Promise.reject(new Error('down')),
    }
    const a = await sharing(failing, 'a')
    freeze(a, 30)
    await a.called()
    expect(a.frozenUntilMs(origin, mine, now())).toBeGreaterThan(0)
  })
})

const other = (url: string) => `
  import { connect, defineJob, Http, unchecked } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
  const client = await connect(${JSON.stringify(url)})
  const job = defineJob('call', { queue: 'theirs', input: unchecked() }, async ({ url, headers }) =>
    (await Http.get(url, { headers, retry: false })).status)
  const worker = await client.work([job])
  console.log('ready')
  process.stdin.on('end', () => worker.stop().then(() => client.close())).resume()
`

test('two workers on one SQLite file: what one was told keeps the other from calling', async () => {
  await using server = await serve((request, response) => {
    if (request.headers.authorization === 'Bearer mine') response.writeHead(429, { 'retry-after': '60' })
    response.end('x')
  })
  const url = `sqlite:${join(folder(), 'jobs.db')}`
  await using client = await connect(url)
  const child = spawn(process.execPath, ['--input-type=module', '--eval', other(url)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  for await (const line of createInterface(child.stdout)) if (line === 'ready') break
  const theirs = defineJob('call', { queue: 'theirs', input: unchecked<object>() })
  // The other process makes calls: it looks into the ledger once a second.
  expect(await (await client.enqueue(theirs, { url: server.origin, headers: {} })).result()).toBe(200)

  const ours = defineJob(
    'ask',
    { queue: 'ours' },
    async () => (await Http.get(server.origin, { headers: mine, retry: false })).status,
  )
  const { client: asking } = await working([ours], { url })
  expect(await (await asking.enqueue(ours)).result()).toBe(429)
  expect(await failure(inside(fiberOf(), () => Http.get(server.origin, { headers: mine })))).toMatchObject({
    code: 'FW_UPSTREAM_FROZEN',
  })
  // Nobody tells when the other process has looked; it does within a second, or a little more on a busy machine.
  await new Promise((resolve) => setTimeout(resolve, 2_500))

  const sent = await client.enqueue(theirs, { url: server.origin, headers: mine })
  await until(async () => (await sent.status())?.state === 'delayed')
  expect(await sent.status()).toMatchObject({ attempts: 0, error: expect.stringContaining('FW_UPSTREAM_FROZEN') })
  expect(server.requests).toHaveLength(2)
  expect(await (await client.enqueue(theirs, { url: server.origin, headers: {} })).result()).toBe(200)
  child.stdin.end()
  await once(child, 'exit')
}, 30_000)
