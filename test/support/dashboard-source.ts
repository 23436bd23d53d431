import type { ApiRequest, Transport } from '../../src/client.ts'
import { ApiClient } from '../../src/client.ts'
import type { DefinitionRow, FailureRow, RunningRow, Snapshot } from '../../src/contract/dashboard.ts'
import type { QueueDepth } from '../../src/contract/driver.ts'
import { answerOf, type Paper } from './dashboard-answers.ts'
import { hostileNames } from './hostile-names.ts'

interface Options {
  fibers?: number
  /** Names and errors that try to break the screen. */
  hostile?: boolean
  /** Milliseconds since 1970 now. */
  nowMs?: () => number
}

const names = ['send-webhook', 'scrape-page', 'sync-tenant', 'resize-image', 'import-events']
const queueNames = ['webhooks', 'scrape', 'tenants', 'media']
const hosts = ['api.shop.example', 'hooks.acme.example', 'crm.blue.example', 'feed.news.example', 'cdn.pixel.example']

/** A worker with thousands of fibers that only exist on paper, and the API before it; deterministic, driven by the clock it is given. */
export class SampleWorker implements Transport, Paper {
  concurrency: number
  state: Snapshot['worker']['state'] = 'running'
  readonly calls: string[] = []
  /** Queues, and groups. */
  readonly paused: string[] = []
  readonly frozen: string[] = []
  private readonly startedAtMs: number
  readonly nowMs: () => number
  private seed = 1
  readonly names: string[]
  readonly hostile: boolean
  /** Dead letters by their ids. */
  dead = Array.from({ length: 12 }, (_, index) => `dead-${index}`)

  constructor({ fibers = 10_000, hostile = false, nowMs = () => Date.now() }: Options = {}) {
    this.concurrency = fibers
    this.nowMs = nowMs
    this.hostile = hostile
    this.startedAtMs = this.nowMs() - 252_000
    this.names = hostile ? [...names.slice(0, 2), ...hostileNames] : names
  }

  get api(): ApiClient {
    return new ApiClient(this)
  }

  call(request: ApiRequest): Promise<unknown> {
    if (request.method !== 'GET') this.calls.push(callText(request))
    return answerOf(this, request)
  }

  /** What happened, all at once, and then nothing. */
  stream(): Promise<AsyncIterable<Uint8Array>> {
    return Promise.resolve(eventsOf(this))
  }

  snapshot(): Promise<Snapshot> {
    const atMs = this.nowMs()
    const upMs = atMs - this.startedAtMs
    this.seed = Math.floor(upMs / 250) + 1
    const working = this.state !== 'stopped'
    const running = working ? Math.round(this.concurrency * (0.96 + 0.02 * Math.sin(upMs / 4_000))) : 0
    const wave = 1 + 0.18 * Math.sin(upMs / 9_000) + 0.07 * Math.sin(upMs / 1_700)
    const done = Math.round(
      upMs * 4.6 * (this.concurrency / 10_000) + 2_600 * Math.sin(upMs / 9_000) + 150 * Math.sin(upMs / 1_700),
    )
    const retried = Math.floor(done * 0.021)
    const runMs = { p50: 1_020 * wave, p90: 1_180 * wave, p99: 1_190 * wave + 290 * wave ** 3, max: 2_310 * wave }
    return Promise.resolve({
      atMs,
      worker: {
        session: 'web-3:48213:k2f9',
        version: '0.1.0',
        startedAtMs: this.startedAtMs,
        state: this.state,
        url: 'sqlite:./fiber-work.db',
        driver: 'sqlite',
        durable: 'system',
      },
      fibers: { running, waiting: 128, concurrency: this.concurrency, allowed: this.concurrency },
      totals: {
        started: done + running,
        done,
        retried,
        released: 4,
        dead: this.dead.length,
        cancelled: 3,
        quarantined: 0,
        timedOut: 41,
        stuck: 0,
        zombies: 0,
        polluted: 0,
        stale: 0,
      },
      runMs,
      waitMs: { p50: 12, p90: 31, p99: 84, max: 160 },
      loopDelayMs: { p50: 3.1, p99: 21 + 9 * wave, max: 61 },
      loopUtilisation: 0.58,
      cpu: 0.64,
      memory: { rssBytes: (402 + 18 * wave) * 2 ** 20, heapUsedBytes: 214 * 2 ** 20, heapLimitBytes: 4_144 * 2 ** 20 },
      queues: this.queues(running),
      definitions: this.definitions(done, running, runMs),
      slowest: this.slowest(running),
      failures: this.failures(atMs),
    })
  }

  queues(running: number): QueueDepth[] {
    return queueNames.map((queue, index) => ({
      queue,
      ready: Math.round(84_210 / (index + 1) ** 2),
      delayed: index === 0 ? 1_204 : index * 31,
      blocked: 0,
      running: Math.round((running * [0.62, 0.2, 0.13, 0.05][index]!) / 1),
      done: 10_000,
      dead: index === 2 ? this.dead.length : 0,
      cancelled: 0,
      quarantined: 0,
      paused: this.paused.includes(queue),
      ...(index < 3 ? { oldestReadyMs: 18_000 * (index + 1) } : {}),
    }))
  }

  private definitions(done: number, running: number, runMs: Snapshot['runMs']): DefinitionRow[] {
    return this.names.map((name, index) => {
      const share = [0.55, 0.2, 0.15, 0.06, 0.04][index] ?? 0.01
      const row = {
        name,
        queue: queueNames[index % queueNames.length]!,
        running: Math.round(running * share),
        done: Math.round(done * share),
        retried: index === 2 ? Math.floor(done * 0.021) : 0,
        dead: index === 2 ? this.dead.length : 0,
      }
      const factor = 1 + index * 0.6
      return runMs === undefined
        ? row
        : {
            ...row,
            runMs: {
              p50: runMs.p50 * factor,
              p90: runMs.p90 * factor,
              p99: runMs.p99 * factor,
              max: runMs.max * factor,
            },
          }
    })
  }

  private slowest(running: number): RunningRow[] {
    return Array.from({ length: Math.min(running, 50) }, (_, index) => {
      const name = this.names[(index * 7) % this.names.length]!
      const host = hosts[(index * 3) % hosts.length]!
      return {
        id: `01970f2c-77aa-7b21-9c1e-${(0xabc000 + this.seed * 3 + index).toString(16).padStart(12, '0')}`,
        name,
        queue: queueNames[index % queueNames.length]!,
        group: this.hostile ? this.names.at(-1 - (index % 5))! : host,
        attempt: index % 9 === 0 ? 2 : 1,
        elapsedMs: 4_820 - index * 61 + (this.seed % 7) * 3,
        doing: `POST https://user:hunter2@${host}/hooks/${1_000 + index}`,
        ...(index % 11 === 5 ? { progress: `${(index * 13) % 100} %` } : {}),
      }
    })
  }

  private failures(atMs: number): FailureRow[] {
    const errors = [
      'HttpError FW_HTTP_STATUS: 503 Service Unavailable from crm.blue.example',
      'TenantError: account 8812 is suspended',
      'FiberWorkError FW_HANDLER_TIMEOUT: ran longer than 30 s',
      this.hostile ? hostileNames.join(' ') : 'Error: connect ECONNREFUSED redis://:hunter2@10.0.3.7:6379',
    ]
    return Array.from({ length: 60 }, (_, index) => ({
      atMs: atMs - index * 1_400 - 300,
      id: index % 6 === 1 ? `dead-${index % 12}` : `01970f2c-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
      name: index % 3 === 0 ? this.names[0]! : this.names[2]!,
      queue: 'tenants',
      attempt: 1 + (index % 5),
      outcome: index % 6 === 1 ? 'dead' : index % 17 === 2 ? 'stuck' : 'retry',
      error: errors[index % errors.length]!,
    }))
  }
}

/** `POST /v1/queues/scrape/pause`, with its body where it has one. */
function callText({ method, path, body }: ApiRequest): string {
  const more = body === undefined || JSON.stringify(body) === '{}' ? '' : ` ${JSON.stringify(body)}`
  return `${method} ${decodeURIComponent(path)}${more}`
}

async function* eventsOf({ names: [name], nowMs }: SampleWorker): AsyncGenerator<Uint8Array> {
  const event = { at: new Date(nowMs()).toISOString(), queue: 'tenants', job: 'dead-3' }
  const data = { name, group: hostileNames[2], verdict: 'dead', attempt: 5, runMs: 12, error: hostileNames.join(' ') }
  yield new TextEncoder().encode(`id: 1\nevent: job.ended\ndata: ${JSON.stringify({ ...event, data })}\n\n`)
  await new Promise(() => {})
}
