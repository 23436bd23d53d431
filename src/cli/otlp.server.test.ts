import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startCollector } from '../../test/support/collector.ts'
import { serve } from '../../test/support/http.ts'
import { connect, defineJob, unchecked } from '../index.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const trace = '0af7651916cd43dd8448eb211c80319c'
const outer = defineJob('outer', { input: unchecked<string>(), queue: 'outers' })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-otlp-'))
  writeFileSync(
    join(folder, 'jobs.ts'),
    `
import { defineJob, Http, unchecked } from ${JSON.stringify(source('../index.ts'))}

export const inner = defineJob('inner', { input: unchecked<string>(), queue: 'inners' }, async (url, job) => {
  job.log.info('calling')
  await Http.get(url)
})
export const outer = defineJob('outer', { input: unchecked<string>(), queue: 'outers' }, (url, job) => job.enqueue(inner, url))
`,
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** `fiber-work --otlp URL`, a process of its own. */
function fiberWork(otlp: string, variables: Record<string, string> = {}) {
  const flags = [
    '--url',
    'sqlite:./jobs.db',
    '--jobs',
    'jobs.ts',
    '--otlp',
    otlp,
    '--log-format',
    'json',
    '--threads',
    '0',
  ]
  const script = join(folder, 'fiber-work.mjs')
  writeFileSync(script, `import { main } from ${JSON.stringify(source('main.ts'))}; await main(process.argv.slice(2))`)
  const child = spawn(process.execPath, [script, ...flags], {
    cwd: folder,
    env: { PATH: process.env['PATH'], OTEL_BSP_SCHEDULE_DELAY: '100', ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    ended,
    lines: () =>
      said
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    said: () => said,
    up: () => vi.waitFor(() => expect(said).toContain('works sqlite')),
    stop: async () => (child.kill('SIGTERM'), ended),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}

const sending = () => connect(`sqlite:${join(folder, 'jobs.db')}`)

test('a collector receives the trace of a job: whoever enqueued it, its run, what it enqueued, and the call of that', async () => {
  await using collector = await startCollector()
  const seen: (string | undefined)[] = []
  await using service = await serve((request, response) => {
    seen.push(request.headers['traceparent'] as string)
    response.end('x')
  })
  using worker = fiberWork(collector.url, {
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=hunter2',
  })
  await worker.up()
  await using client = await sending()
  await client.enqueue(outer, `${service.origin}/orders?key=hunter2`, {
    headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
  })
  await vi.waitFor(() => expect(collector.spans.map(({ name }) => name)).toContain('settle inners'))
  expect(await worker.stop()).toBe(0)
  const one = (name: string) => collector.spans.find((span) => span.name === name)
  const [first, create, second, get] = ['process outers', 'create inners', 'process inners', 'GET'].map(one)
  expect([first, create, second, get].map((span) => span?.parentSpanId)).toEqual([
    'b7ad6b7169203331',
    first?.spanId,
    create?.spanId,
    second?.spanId,
  ])
  expect([...new Set(collector.spans.map(({ traceId }) => traceId))]).toEqual([trace])
  expect([first, create, second, get].map((span) => span?.kind)).toEqual([5, 4, 5, 3])
  expect(seen).toEqual([`00-${trace}-${get?.spanId}-01`])
  expect(collector.resource).toMatchObject({ 'service.name': 'shop', 'deployment.environment.name': 'test' })
  expect(collector.headers).toMatchObject({ 'api-key': 'hunter2' })
  expect(collector.strange).toEqual([])
  expect(JSON.stringify(collector.spans)).not.toContain('hunter2')
  const line = worker.lines().find(({ msg }) => msg === 'calling')
  expect(line).toMatchObject({ trace_id: trace, span_id: second?.spanId, name: 'inner' })
  expect(worker.said()).not.toContain('hunter2')
})

test('what is unsampled is not sent; the sampler is chosen by its variable', async () => {
  await using collector = await startCollector()
  await using service = await serve((_request, response) => response.end('x'))
  using worker = fiberWork(collector.url, { OTEL_TRACES_SAMPLER: 'parentbased_always_off' })
  await worker.up()
  await using client = await sending()
  const unsampled = { headers: { traceparent: `00-${trace}-b7ad6b7169203331-00` } }
  await client.enqueue(outer, service.origin, unsampled)
  await client.enqueue(outer, service.origin)
  await vi.waitFor(() => expect(service.requests).toHaveLength(2))
  expect(await worker.stop()).toBe(0)
  expect(collector.spans).toEqual([])
})

test('a collector that never answers holds neither a job nor the end', async () => {
  await using silent = await serve(() => {})
  await using service = await serve((_request, response) => response.end('x'))
  using worker = fiberWork(silent.origin)
  await worker.up()
  await using client = await sending()
  for (let n = 0; n < 20; n++) await client.enqueue(outer, service.origin)
  await vi.waitFor(() => expect(service.requests).toHaveLength(20))
  await vi.waitFor(() => expect(silent.requests).not.toHaveLength(0))
  const startedMs = performance.now()
  expect(await worker.stop()).toBe(0)
  expect(performance.now() - startedMs).toBeLessThan(8_000)
  const told = worker.lines().filter(({ msg }) => msg === 'spans could not be handed on')
  expect(told).toMatchObject([{ level: 'warn', error: 'Error: no answer within 3000 ms' }])
})

test('a collector that refuses is a few lines, and no job notices', async () => {
  await using refusing = await serve((_request, response) => response.writeHead(403).end('no'))
  await using service = await serve((_request, response) => response.end('x'))
  using worker = fiberWork(refusing.origin, { OTEL_BSP_SCHEDULE_DELAY: '5', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4' })
  await worker.up()
  await using client = await sending()
  for (let n = 0; n < 40; n++) await client.enqueue(outer, service.origin)
  await vi.waitFor(() => expect(service.requests).toHaveLength(40))
  await vi.waitFor(() => expect(refusing.requests.length).toBeGreaterThan(10))
  expect(await worker.stop()).toBe(0)
  const told = worker.lines().filter(({ msg }) => String(msg).startsWith('spans could not be handed on'))
  expect(told).toHaveLength(5)
  expect(worker.said()).toMatch(/\d+ more like this: spans lost/)
  expect(JSON.stringify(told)).toMatch(/403|Forbidden/)
})
