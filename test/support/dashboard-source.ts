import type { DashboardSource, DefinitionRow, FailureRow, RunningRow, Snapshot } from '../../src/contract/dashboard.ts'
import type { QueueDepth } from '../../src/contract/driver.ts'
import type { JobRecord } from '../../src/contract/job.ts'

interface Options {
  fibers?: number
  /** Names and errors that try to break the screen. */
  hostile?: boolean
  /** Milliseconds since 1970 now. */
  nowMs?: () => number
}

export const hostileNames = [
  '\x1b[2J\x1b[31mred\x1b]0;owned\x07',
  '{red-fg}{bold}tags{/}',
  '\x1b]52;c;ZXZpbA==\x07clipboard',
  'safe\u202efdp.exe\u200b\ufeff',
  '東京都庁の仕事😀👩\u200d👧',
  `z\u0301${'\u0301'.repeat(40)}algo`,
  `long-${'x'.repeat(100_000)}`,
  'line\nbreak\ttab\r\u2028\x9b2J\x90q\x9c',
]

const names = ['send-webhook', 'scrape-page', 'sync-tenant', 'resize-image', 'import-events']
const queueNames = ['webhooks', 'scrape', 'tenants', 'media']
const hosts = ['api.shop.example', 'hooks.acme.example', 'crm.blue.example', 'feed.news.example', 'cdn.pixel.example']

/** A worker with thousands of fibers that only exist on paper; deterministic, driven by the clock it is given. */
export class SampleSource implements DashboardSource {
  concurrency: number
  state: Snapshot['worker']['state'] = 'running'
  readonly calls: string[] = []
  readonly pausedQueues = new Set<string>()
  private readonly startedAtMs: number
  private readonly nowMs: () => number
  private seed = 1
  private dead: JobRecord[] = []
  private readonly names: string[]

  private readonly options: Options

  constructor(options: Options = {}) {
    this.options = options
    this.concurrency = options.fibers ?? 10_000
    this.nowMs = options.nowMs ?? (() => Date.now())
    this.startedAtMs = this.nowMs() - 252_000
    this.names = options.hostile === true ? [...names.slice(0, 2), ...hostileNames] : names
    this.dead = Array.from({ length: 12 }, (_, index) => this.record(`dead-${index}`, 'dead'))
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

  private queues(running: number): QueueDepth[] {
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
      paused: this.pausedQueues.has(queue),
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
        group: this.options.hostile === true ? this.names.at(-1 - (index % 5))! : host,
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
      this.options.hostile === true
        ? hostileNames.join(' ')
        : 'Error: connect ECONNREFUSED redis://:hunter2@10.0.3.7:6379',
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

  private record(id: string, state: JobRecord['state']): JobRecord {
    const at = this.nowMs()
    return {
      job: {
        id,
        queue: 'tenants',
        name: this.names[2]!,
        priority: 5,
        group: 'tenant-8812',
        tags: ['nightly', 'eu'],
        headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
        body: JSON.stringify({
          tenant: 8812,
          range: { from: '2026-05-01', to: '2026-05-31' },
          note: hostileNames[0],
          pages: [1, 2, 3],
        }),
      },
      state,
      attempts: 5,
      crashes: 0,
      enqueuedAtMs: at - 3_600_000,
      startedAtMs: at - 65_000,
      ...(state === 'dead' ? { settledAtMs: at - 61_000, error: 'TenantError: account 8812 is suspended' } : {}),
    }
  }

  job(id: string): Promise<JobRecord | undefined> {
    this.calls.push(`job ${id}`)
    return Promise.resolve(
      this.dead.find(({ job }) => job.id === id) ??
        (id.startsWith('01970f2c-77') ? this.record(id, 'running') : undefined),
    )
  }

  list(): Promise<{ jobs: JobRecord[] }> {
    return Promise.resolve({ jobs: this.dead })
  }

  pause(queue?: string): Promise<void> {
    this.calls.push(`pause ${queue ?? 'all'}`)
    if (queue === undefined) this.state = 'paused'
    else this.pausedQueues.add(queue)
    return Promise.resolve()
  }

  resume(queue?: string): Promise<void> {
    this.calls.push(`resume ${queue ?? 'all'}`)
    if (queue === undefined) this.state = 'running'
    else this.pausedQueues.delete(queue)
    return Promise.resolve()
  }

  setConcurrency(concurrency: number): Promise<void> {
    this.calls.push(`concurrency ${concurrency}`)
    this.concurrency = concurrency
    return Promise.resolve()
  }

  retry(ids: string[]): Promise<string[]> {
    this.calls.push(`retry ${ids.join(',')}`)
    this.dead = this.dead.filter(({ job }) => !ids.includes(job.id))
    return Promise.resolve(ids.map(() => 'retried'))
  }

  cancel(ids: string[]): Promise<string[]> {
    this.calls.push(`cancel ${ids.join(',')}`)
    return Promise.resolve(ids.map(() => 'cancelling'))
  }

  remove(ids: string[]): Promise<string[]> {
    this.calls.push(`remove ${ids.join(',')}`)
    this.dead = this.dead.filter(({ job }) => !ids.includes(job.id))
    return Promise.resolve(ids.map(() => 'removed'))
  }
}
