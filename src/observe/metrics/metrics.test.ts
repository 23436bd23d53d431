import { afterEach, describe, expect, test } from 'vitest'
import { emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import type { JobEvent } from '../../contract/events.ts'
import type { MetricFamily, MetricSample } from '../../contract/metrics.ts'
import { other, setsMax } from './label-sets.ts'
import { type Metric, metrics } from './table.ts'
import { WorkerMetrics, type WorkerNow } from './worker-metrics.ts'

const now: WorkerNow = {
  ...{ state: 'running', inFlight: [['mails', 3]], pacing: 1, slots: 100, allowed: 40, cutBy: 'memory' },
  ...{ silenceMs: 250, leaseAgeMs: 4_000, renewals: { guardian: 7, beats: 2 } },
}
const job: JobEvent = { worker: 'w', id: 'id-1', name: 'send', queue: 'mails', group: undefined, attempt: 1 }
const open: WorkerMetrics[] = []

function counting(known: Record<string, string[]> = { mails: ['send', 'bounce'] }) {
  const session = { now: 'w' }
  const counted = new WorkerMetrics({
    env: { ...systemEnv, nowMs: () => 1_700_000_000_500 },
    known: { queues: Object.keys(known), names: (queue) => known[queue] ?? [] },
    about: { version: '1.2.3', driver: 'memory', durable: 'none', startedAtMs: 5_000, heapLimitBytes: 9 },
    session: () => session.now,
    now: () => now,
  })
  open.push(counted)
  counted.start()
  return { counted, session, value: (name: string, labels = {}) => valueOf(counted.families(), name, labels) }
}

function samplesOf(families: MetricFamily[], name: string): MetricSample[] {
  return families.flatMap(({ samples, ...family }) => samples.filter((sample) => (sample.name ?? family.name) === name))
}

function valueOf(families: MetricFamily[], name: string, labels: Record<string, string>): number | undefined {
  return samplesOf(families, name).find((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value
}

function ended(
  about: Partial<
    JobEvent & { verdict: 'done' | 'retry' | 'dead'; runMs: number; traceparent: string; timedOut: boolean }
  >,
) {
  emit('job.ended', () => ({ ...job, verdict: 'done', runMs: 30, timedOut: false, error: undefined, ...about }))
}

afterEach(() => {
  for (const counted of open.splice(0)) counted.end()
})

describe('jobs', () => {
  test('are counted by queue, name and outcome, from 0 on', () => {
    const { value } = counting()
    expect(value('fiber_work_jobs_total', { name: 'send', outcome: 'quarantined' })).toBe(0)
    ended({})
    ended({})
    ended({ verdict: 'dead' })
    ended({ name: 'bounce', verdict: 'retry' })
    const jobs = (labels: Record<string, string>) => value('fiber_work_jobs_total', { queue: 'mails', ...labels })
    expect(jobs({ name: 'send', outcome: 'done' })).toBe(2)
    expect(jobs({ name: 'send', outcome: 'dead' })).toBe(1)
    expect(jobs({ name: 'bounce', outcome: 'retry' })).toBe(1)
  })

  test('run and wait times are histograms in seconds', () => {
    const { value } = counting()
    for (const runMs of [3, 30, 30, 700_000, 9_000_000]) ended({ runMs })
    for (const waitedMs of [-5, 5, 5.1]) emit('job.started', () => ({ ...job, waitedMs, crashes: 0 }))
    const run = (le: string) => value('fiber_work_job_run_seconds_bucket', { name: 'send', le })
    expect(['0.005', '0.025', '0.05', '300', '1800', '+Inf'].map(run)).toEqual([1, 1, 3, 3, 4, 5])
    expect(value('fiber_work_job_run_seconds_count', { name: 'send' })).toBe(5)
    expect(value('fiber_work_job_run_seconds_sum', { name: 'send' })).toBeCloseTo(9_700.063, 6)
    const wait = (le: string) => value('fiber_work_job_wait_seconds_bucket', { queue: 'mails', le })
    expect(['0.005', '0.01'].map(wait)).toEqual([2, 3])
    expect(value('fiber_work_job_wait_seconds_sum', { queue: 'mails' })).toBeCloseTo(0.0101, 9)
  })

  test('a sampled trace is the example of its bucket, one that is not sampled is none', () => {
    const { counted } = counting()
    const id = '0af7651916cd43dd8448eb211c80319c'
    ended({ runMs: 30, traceparent: `00-${id}-b7ad6b7169203331-01` })
    ended({ runMs: 200, traceparent: `00-${id}-b7ad6b7169203331-00` })
    ended({ runMs: 2_000, traceparent: 'nonsense' })
    const examples = samplesOf(counted.families(), 'fiber_work_job_run_seconds_bucket').filter((one) => one.exemplar)
    expect(examples).toEqual([
      {
        name: 'fiber_work_job_run_seconds_bucket',
        labels: { queue: 'mails', name: 'send', le: '0.05' },
        value: 1,
        exemplar: { labels: { trace_id: id }, value: 0.03, atSeconds: 1_700_000_000.5 },
      },
    ])
  })

  test('of another worker are not counted, those of a session that was taken back are', () => {
    const { session, value } = counting()
    ended({ worker: 'somebody else' })
    session.now = 'w2'
    emit('worker.revoked', () => ({ worker: 'w', running: 1 }))
    ended({ worker: 'w' })
    ended({ worker: 'w2' })
    expect(value('fiber_work_jobs_total', { name: 'send', outcome: 'done' })).toBe(2)
    expect(value('fiber_work_sessions_revoked_total')).toBe(1)
  })

  test('only the names of handlers and their queues are labels', () => {
    const { counted, value } = counting()
    for (let n = 0; n < 1_000; n++) {
      ended({ name: `tenant-${n}` })
      emit('job.enqueued', () => ({ queue: `queue-${n}`, name: 'x', outcome: 'added' }))
    }
    expect(value('fiber_work_jobs_total', { queue: 'mails', name: other, outcome: 'done' })).toBe(1_000)
    expect(value('fiber_work_jobs_enqueued_total', { queue: other, name: other, outcome: 'added' })).toBe(1_000)
    expect(samplesOf(counted.families(), 'fiber_work_jobs_total')).toHaveLength(3 * 6)
  })

  test('of more definitions than a metric has sets share one', () => {
    const names = Array.from({ length: setsMax + 50 }, (_, n) => `name-${n}`)
    const { counted, value } = counting({ mails: names })
    for (const name of names) ended({ name })
    const done = samplesOf(counted.families(), 'fiber_work_jobs_total').filter(
      ({ labels }) => labels.outcome === 'done',
    )
    expect(done).toHaveLength(setsMax + 1)
    expect(value('fiber_work_jobs_total', { name: other, outcome: 'done' })).toBe(50)
    expect(value('fiber_work_job_run_seconds_count', { name: other })).toBe(50)
    expect(value('fiber_work_series_folded_total', { metric: 'fiber_work_job_run_seconds' })).toBe(50)
  })

  test('what goes wrong with them is counted by definition', () => {
    const { value } = counting()
    emit('job.stuck', () => ({ ...job, runMs: 1 }))
    emit('job.stale', () => ({ ...job, verdict: 'done' }))
    emit('job.unknown', () => ({ ...job, inMs: 1 }))
    emit('job.broken', () => ({ worker: 'w', id: 'x' }))
    emit('job.blamed', () => ({ ...job, sure: 'owner', origin: 'o', error: 0 }))
    emit('job.polluted', () => ({ ...job, changes: [], sure: 'suspect', undone: false }))
    emit('thread.terminated', () => ({ ...job, why: 'stuck', runMs: 1 }))
    emit('job.zombie', () => ({ ...job, left: [], closed: [], kinds: { interval: 2, call: 1 } }))
    emit('auth.refused', () => ({ ...job, job: 'x', tenant: undefined, error: 0 }))
    ended({ timedOut: true })
    const one = { queue: 'mails', name: 'send' }
    expect(value('fiber_work_job_stuck_total', one)).toBe(1)
    expect(value('fiber_work_job_stale_total', one)).toBe(1)
    expect(value('fiber_work_job_unknown_total', { queue: 'mails' })).toBe(1)
    expect(value('fiber_work_job_broken_total')).toBe(1)
    expect(value('fiber_work_job_blamed_total', { ...one, sure: 'owner' })).toBe(1)
    expect(value('fiber_work_job_polluted_total', { ...one, sure: 'suspect' })).toBe(1)
    expect(value('fiber_work_threads_terminated_total', { ...one, why: 'stuck' })).toBe(1)
    expect(value('fiber_work_job_zombies_total', { ...one, kind: 'interval' })).toBe(2)
    expect(value('fiber_work_auth_refused_total', one)).toBe(1)
    expect(value('fiber_work_job_timeouts_total', one)).toBe(1)
  })
})

describe('the worker and its process', () => {
  test('stand as they are when somebody asks', () => {
    const { value } = counting()
    expect(value('fiber_work_worker_info', { version: '1.2.3', driver: 'memory', durable: 'none' })).toBe(1)
    expect(['running', 'paused'].map((state) => value('fiber_work_worker_state', { state }))).toEqual([1, 0])
    expect(value('fiber_work_jobs_in_flight', { queue: 'mails' })).toBe(3)
    expect([value('fiber_work_slots'), value('fiber_work_slots_allowed')]).toEqual([100, 40])
    expect(['memory', 'loop'].map((by) => value('fiber_work_slots_cut', { by }))).toEqual([1, 0])
    expect(['guardian', 'beats'].map((by) => value('fiber_work_lease_renewals_total', { by }))).toEqual([7, 2])
    expect([value('fiber_work_lease_age_seconds'), value('fiber_work_worker_silence_seconds')]).toEqual([4, 0.25])
    expect(value('fiber_work_memory_bytes', { kind: 'rss' })).toBeGreaterThan(1e6)
    expect(value('fiber_work_cpu_seconds_total', { mode: 'user' })).toBeGreaterThan(0)
    expect(value('fiber_work_loop_seconds_total', { state: 'idle' })).toBeGreaterThanOrEqual(0)
  })

  test('what happens to them is counted; what has no labels, from 0', () => {
    const { value } = counting()
    expect(value('fiber_work_sessions_revoked_total')).toBe(0)
    emit('worker.cut', () => ({ worker: 'w', by: 'loop' }))
    emit('worker.cut', () => ({ worker: 'w', by: undefined }))
    emit('worker.swept', () => ({ worker: 'w', taken: 12 }))
    emit('worker.reconciled', () => ({ worker: 'w', released: 2, revoked: 3 }))
    emit('worker.stray', () => ({ worker: undefined, origin: 'o', error: 0 }))
    emit('guardian.failed', () => ({ worker: 'w', error: 0 }))
    const block = { worker: 'w', blockedMs: 1_500 } as const
    emit('loop.recovered', () => ({
      ...block,
      sure: 'exact',
      job: { id: 'x', name: 'send', queue: 'mails', attempt: 1 },
    }))
    emit('loop.recovered', () => ({ ...block, sure: 'unknown' }))
    const about = { worker: 'w', low: 1, high: 2, jobs: 9, windowMs: 1 }
    const leak = { ...about, candidates: [], unit: 'bytes a job' as const }
    emit('leak.suspected', () => ({ ...leak, kind: 'heap', definition: 'send', slope: 2_048.4 }))
    emit('leak.suspected', () => ({ ...leak, kind: 'handles', definition: undefined, slope: 1 }))
    expect(value('fiber_work_cuts_total', { by: 'loop' })).toBe(1)
    expect(value('fiber_work_jobs_swept_total')).toBe(12)
    expect(value('fiber_work_jobs_reconciled_total', { what: 'revoked' })).toBe(3)
    expect(value('fiber_work_stray_errors_total')).toBe(1)
    expect(value('fiber_work_guardian_failures_total')).toBe(1)
    expect(value('fiber_work_loop_blocked_total', { name: 'send', sure: 'exact' })).toBe(1)
    expect(value('fiber_work_loop_blocked_seconds_total', { name: '', sure: 'unknown' })).toBe(1.5)
    expect(value('fiber_work_leaks_suspected_total', { kind: 'handles', name: '' })).toBe(1)
    expect(value('fiber_work_heap_growth_bytes', { name: 'send' })).toBe(2_048)
  })

  test('store, schedules and outbox', () => {
    const { value } = counting()
    emit('store.failed', () => ({ verb: 'settle', error: 0, tries: 1, givenUp: false }))
    emit('store.recovered', () => ({ verb: 'settle', tries: 2, afterMs: 1 }))
    emit('schedule.fired', () => ({ schedule: 's', id: 'x', atMs: 0, lateMs: 40, outcome: 'added' }))
    emit('schedule.missed', () => ({ schedule: 's', sinceMs: 0 }))
    emit('schedule.failed', () => ({ schedule: undefined, error: 0 }))
    emit('outbox.state', () => ({ target: 'amqp://h', waiting: 5, oldestMs: 3_000, aside: 1 }))
    emit('outbox.state', () => ({ target: 'amqp://h', waiting: 4, aside: 1 }))
    emit('outbox.failed', () => ({ target: 'amqp://h', error: 0, tries: 1 }))
    expect(value('fiber_work_store_failures_total', { verb: 'settle', given_up: 'false' })).toBe(1)
    expect(value('fiber_work_store_failures_total', { verb: 'reserve', given_up: 'true' })).toBe(0)
    expect(value('fiber_work_store_recoveries_total', { verb: 'settle' })).toBe(1)
    expect(value('fiber_work_schedules_fired_total', { schedule: 's', outcome: 'added' })).toBe(1)
    expect(value('fiber_work_schedule_late_seconds_sum')).toBe(0.04)
    expect(value('fiber_work_schedules_missed_total', { schedule: 's' })).toBe(1)
    expect(value('fiber_work_schedule_failures_total', { schedule: '' })).toBe(1)
    expect(value('fiber_work_outbox_jobs', { state: 'waiting' })).toBe(4)
    expect(value('fiber_work_outbox_oldest_seconds')).toBe(0)
    expect(value('fiber_work_outbox_failures_total', { target: 'amqp://h' })).toBe(1)
  })

  test('calls of facades, and what they wait for', () => {
    const { counted, value } = counting()
    const http = {
      job: undefined,
      method: 'GET',
      what: 'GET http://a/',
      origin: 'http://a',
      ms: 20,
      tries: 3,
      error: undefined,
    } as const
    emit('http.ended', () => ({ ...http, status: 503 }))
    emit('http.ended', () => ({ ...http, status: undefined, tries: 1, error: new Error('no') }))
    for (let n = 0; n < 500; n++) emit('http.ended', () => ({ ...http, origin: `http://h${n}`, status: 200 }))
    emit('db.ended', () => ({ job: '', connection: 'db', what: '', ms: 2, rows: 1, error: new Error('no') }))
    emit('db.waited', () => ({ job: '', connection: 'db', waitedMs: 700, error: undefined }))
    emit('db.replicaDown', () => ({ connection: 'db', replica: 'r', error: 0 }))
    emit('cache.read', () => ({ job: '', tenant: undefined, level: 'memo' }))
    emit('cache.degraded', () => ({ job: '', verb: 'get', error: 0 }))
    emit('facade.ended', () => ({ job: '', facade: 'mailer', what: '', ms: 5, error: undefined }))
    emit('limit.waited', () => ({ job: '', limit: 'maps', waitedMs: 900, error: new Error('no') }))
    emit('limit.rebuilt', () => ({ limit: 'maps', error: 0 }))
    emit('upstream.frozen', () => ({ upstream: 'http://a', untilMs: 1, status: 429 }))
    expect(value('fiber_work_http_requests_total', { origin: 'http://a', outcome: '5xx' })).toBe(1)
    expect(value('fiber_work_http_requests_total', { origin: 'http://a', outcome: 'error' })).toBe(1)
    expect(value('fiber_work_http_retries_total', { origin: 'http://a' })).toBe(2)
    expect(value('fiber_work_http_requests_total', { origin: other, outcome: '2xx' })).toBe(500 - setsMax + 1)
    expect(samplesOf(counted.families(), 'fiber_work_http_request_seconds_count')).toHaveLength(setsMax + 1)
    expect(value('fiber_work_db_calls_total', { connection: 'db', outcome: 'error' })).toBe(1)
    expect(value('fiber_work_db_wait_seconds_bucket', { le: '1' })).toBe(1)
    expect(value('fiber_work_db_replica_failures_total', { connection: 'db' })).toBe(1)
    expect(value('fiber_work_cache_reads_total', { level: 'memo' })).toBe(1)
    expect(value('fiber_work_cache_failures_total', { verb: 'get' })).toBe(1)
    expect(value('fiber_work_facade_calls_total', { facade: 'mailer', outcome: 'ok' })).toBe(1)
    expect(value('fiber_work_limit_wait_seconds_sum', { limit: 'maps' })).toBe(0.9)
    expect(value('fiber_work_limit_refusals_total', { limit: 'maps' })).toBe(1)
    expect(value('fiber_work_limit_rebuilt_total', { limit: 'maps' })).toBe(1)
    expect(value('fiber_work_upstream_freezes_total', { origin: 'http://a' })).toBe(1)
  })

  test('after the end nothing is counted', () => {
    const { counted, value } = counting()
    counted.end()
    ended({})
    expect(value('fiber_work_jobs_total', { name: 'send', outcome: 'done' })).toBe(0)
  })
})

test('names are as Prometheus likes them, and labels never collide with its own', () => {
  for (const [name, { type, labels, help }] of Object.entries(metrics) as [string, Metric][]) {
    expect(name).toMatch(/^fiber_work_[a-z_]+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(help).toMatch(/^[A-Z0-9][^"\\]*\.$/)
    for (const label of labels) expect(['le', 'quantile', 'job', 'instance', 'process']).not.toContain(label)
  }
})
