import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, defineJob, defineSchedule, GiveUp, Http, RateLimit, unchecked } from '../../index.ts'
import { root } from '../../../test/support/project.ts'
import { needPromtool, ownPrometheus, type Prometheus } from '../../../test/support/prometheus.ts'
import { emit, on } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import { FleetMetrics } from './merge.ts'
import { metricsContentType, metricsFormatOf, renderMetrics } from './render.ts'
import { StoreMetrics } from './store-metrics.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`

interface Panel {
  title: string
  type: string
  targets?: { expr: string }[]
}
const dashboard = JSON.parse(read('deploy/grafana/fiber-work.json')) as {
  panels: Panel[]
  annotations: { list: { expr: string }[] }
  templating: { list: { type: string; definition?: string }[] }
}
/** As Grafana fills them in when everything is chosen. */
const filledIn = (expr: string) => expr.replaceAll(/\$(?:job|queue)\b/g, '.*').replaceAll('$__rate_interval', '15s')

const ends: (() => unknown)[] = []
let prometheus: Prometheus | undefined
let done = 0

const send = defineJob('send', { input: unchecked<{ url: string; n: number }>() }, async ({ url, n }, job) => {
  await RateLimit.for('metrics-test', { concurrencyMax: 4 }).run(() => Http.get(url, { signal: job.signal }))
  if (n % 10 === 0) throw new GiveUp('the tenth')
  if (n % 10 === 1 && job.attempt === 1) throw new Error('the first time')
})
const report = defineJob('report', { input: unchecked<{ of: string }>() }, async () => {})

/** What rarely happens, and a test cannot wait for. */
function tellRareThings(worker: string, queue: string): void {
  const job = { worker, id: 'x', name: 'send', queue, group: undefined, attempt: 1 }
  const block = { worker, blockedMs: 1_500, sure: 'exact' as const }
  emit('loop.recovered', () => ({ ...block, job: { id: 'x', name: 'send', queue, attempt: 1 } }))
  emit('job.stuck', () => ({ ...job, runMs: 1 }))
  emit('job.zombie', () => ({ ...job, left: [], closed: [], kinds: { interval: 1 } }))
  emit('job.polluted', () => ({ ...job, changes: [], sure: 'exact', undone: false }))
  const leak = { low: 1, high: 2, jobs: 9, windowMs: 1, unit: 'bytes a job' as const, candidates: [] }
  emit('leak.suspected', () => ({ ...leak, worker, kind: 'heap', definition: 'send', slope: 2_048 }))
  emit('db.ended', () => ({ job: 'x', connection: 'main', what: '', ms: 2, rows: 1, error: undefined }))
  emit('db.waited', () => ({ job: 'x', connection: 'main', waitedMs: 20, error: undefined }))
  emit('cache.read', () => ({ job: 'x', tenant: undefined, level: 'memo' }))
  emit('facade.ended', () => ({ job: 'x', facade: 'mailer', what: '', ms: 3, error: undefined }))
  emit('limit.waited', () => ({ job: 'x', limit: 'metrics-test', waitedMs: 5, error: new Error('waited too long') }))
  emit('upstream.frozen', () => ({ upstream: 'http://slow', untilMs: 1, status: 429 }))
  emit('outbox.state', () => ({ target: 'amqp://broker', waiting: 3, oldestMs: 400, aside: 1 }))
  emit('schedule.missed', () => ({ schedule: 'often', sinceMs: 0 }))
  emit('schedule.failed', () => ({ schedule: 'often', error: 0 }))
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  ends.push(() => (server.closeAllConnections(), server.close()))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  const client = await connect('memory:')
  ends.push(() => client.close())
  const often = defineSchedule('often', report, { everyMs: 1_000, input: { of: 'today' } })
  const worker = await client.work([send, report], { metrics: true, schedules: [often], concurrency: 50 })
  ends.push(on('job.ended', ({ verdict }) => void (done += Number(verdict === 'done'))))
  const fleet = new FleetMetrics()
  const store = new StoreMetrics({ env: systemEnv, driver: client.driver, queues: () => ['default'] })
  const url = await listening(createServer((_, response) => void response.end('fine')))
  const target = await listening(
    createServer((request, response) => {
      const format = metricsFormatOf(request.headers.accept)
      const families = fleet.merge([{ process: 0, pid: process.pid, families: worker.metrics() }])
      response.setHeader('content-type', metricsContentType[format])
      void store
        .families()
        .then((ofStore) => renderMetrics([...families, ...ofStore], format))
        .then((text) => response.end(text))
    }),
  )
  let n = 0
  const pump = setInterval(() => {
    tellRareThings(worker.session, 'default')
    void client.enqueue(send, { url: `http://${url}/`, n: n++ }, { headers: { traceparent } })
  }, 50)
  ends.unshift(() => clearInterval(pump))
  const scrape = `scrape_configs: [{ job_name: fiber-work, static_configs: [{ targets: ['${target}'] }] }]`
  const settings = 'global: { scrape_interval: 500ms, evaluation_interval: 500ms }\nrule_files: [alerts.yml]'
  prometheus = await ownPrometheus({
    'prometheus.yml': `${settings}\n${scrape}\n`,
    'alerts.yml': read('deploy/prometheus/alerts.yml'),
  })
  ends.push(() => prometheus?.end())
})

afterAll(async () => {
  for (const end of ends) await end()
})

/** Asks until there is a number, for as long as a few scrapes and evaluations take. */
async function valueOf(query: string): Promise<number | string> {
  for (let tries = 0; tries < 40; tries++) {
    const found = (await prometheus!.query(query)).find(({ value }) => Number.isFinite(value))
    if (found !== undefined) return found.value
    await sleep(250)
  }
  return 'no data'
}

async function withoutData(queries: string[]): Promise<string[]> {
  const answers = await Promise.all(queries.map(async (query) => ({ query, value: await valueOf(query) })))
  return answers.filter(({ value }) => value === 'no data').map(({ query }) => query)
}

test('it is scraped, and what it says is true', async (context) => {
  needPromtool(context)
  expect(await valueOf('up{job="fiber-work"} == 1')).toBe(1)
  const counted = 'sum(fiber_work_jobs_total{outcome="done"})'
  expect(await valueOf(`${counted} > 20`)).toBeGreaterThan(20)
  const before = done
  const [answer] = await prometheus!.query(counted)
  expect(answer!.value).toBeLessThanOrEqual(done)
  expect(answer!.value).toBeGreaterThan(before - 100)
  expect(await valueOf('fiber_work_slots')).toBe(50)
})

test.for(dashboard.panels.filter(({ targets }) => targets !== undefined))(
  'panel “$title” has data',
  async ({ targets }, context) => {
    needPromtool(context)
    expect(await withoutData(targets!.map(({ expr }) => filledIn(expr)))).toEqual([])
  },
)

test('what the dashboard asks for beside its panels has data', async (context) => {
  needPromtool(context)
  const variables = dashboard.templating.list.flatMap(({ definition }) => definition ?? [])
  const selectors = variables.map((text) => /^label_values\((.*), \w+\)$/.exec(text)![1]!)
  const annotations = dashboard.annotations.list.map(({ expr }) => expr.replace(/ > 0$/, ''))
  expect(await withoutData([...selectors, ...annotations].map(filledIn))).toEqual([])
})

test('every rule is evaluated without an error, and every recorded one has data', async (context) => {
  needPromtool(context)
  const all = await prometheus!.rules()
  expect(all.length).toBe(read('deploy/prometheus/alerts.yml').match(/^ +- (?:alert|record): /gm)!.length)
  expect(await withoutData(all.filter(({ type }) => type === 'recording').map(({ name }) => name))).toEqual([])
  const health = (await prometheus!.rules()).map(({ name, health, lastError }) => ({ name, health, lastError }))
  expect(health.filter((rule) => rule.health !== 'ok')).toEqual([])
})

test('every alert looks at data', async (context) => {
  needPromtool(context)
  const alerts = (await prometheus!.rules()).filter(({ type }) => type === 'alerting')
  const selectors = alerts.flatMap(({ query }) => query.match(/\b(?:fiber_work[\w:]*|up)\b(?:\{[^}]*\})?/g) ?? [])
  expect(selectors.length).toBeGreaterThanOrEqual(alerts.length)
  expect(await withoutData([...new Set(selectors)])).toEqual([])
})

test('a point of the run times leads to the trace of a job', async (context) => {
  needPromtool(context)
  const found = await prometheus!.exemplars('fiber_work_job_run_seconds_bucket{name="send"}')
  expect(found).toContainEqual({ trace_id: traceId })
})
