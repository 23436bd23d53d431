import type { MetricFamily } from '../../contract/metrics.ts'

/** What is known of a metric before there is a sample of it: docs/metrics.md is made from this. */
export interface Metric {
  type: MetricFamily['type']
  labels: readonly string[]
  help: string
  /** Upper bounds of a histogram's buckets, in its unit. */
  buckets?: readonly number[]
}

const counter = (help: string, ...labels: string[]) => ({ type: 'counter', help, labels }) as const
const gauge = (help: string, ...labels: string[]) => ({ type: 'gauge', help, labels }) as const
const histogram = (help: string, buckets: readonly number[], ...labels: string[]) =>
  ({ type: 'histogram', help, labels, buckets }) as const

/** From a cache's answer to a report that takes half an hour. */
const jobSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800]
const callSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const loopSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]

/** Counted by each worker process. */
const ofJobs = {
  fiber_work_jobs_total: counter('Attempts that have ended, by what became of the job.', 'queue', 'name', 'outcome'),
  fiber_work_job_run_seconds: histogram('How long attempts ran, however they ended.', jobSeconds, ...['queue', 'name']),
  fiber_work_job_wait_seconds: histogram('How long jobs were ready before they began.', jobSeconds, 'queue'),
  fiber_work_jobs_enqueued_total: counter(
    'Jobs that this process has enqueued, by what the store made of them.',
    ...['queue', 'name', 'outcome'],
  ),
  fiber_work_job_timeouts_total: counter('Attempts that their time limit has ended.', 'queue', 'name'),
  fiber_work_job_stuck_total: counter('Attempts given up because they ignored their abort.', 'queue', 'name'),
  fiber_work_job_stale_total: counter('Verdicts that came too late: the loan had been taken back.', 'queue', 'name'),
  fiber_work_job_unknown_total: counter('Jobs given back because this build has no handler for them.', 'queue'),
  fiber_work_job_broken_total: counter('Jobs whose body the store has lost.'),
  fiber_work_job_blamed_total: counter('Stray errors pinned on a job.', 'queue', 'name', 'sure'),
  fiber_work_job_polluted_total: counter('Changes to what all jobs share.', 'queue', 'name', 'sure'),
  fiber_work_job_zombies_total: counter('What settled jobs have left running, by kind.', 'queue', 'name', 'kind'),
  fiber_work_threads_terminated_total: counter('Threads ended by force.', 'queue', 'name', 'why'),
  fiber_work_stray_errors_total: counter('Stray errors that no running job owns.'),
  fiber_work_leaks_suspected_total: counter(
    'Leaks that were told of; name is empty where it is not known.',
    'kind',
    'name',
  ),
  fiber_work_heap_growth_bytes: gauge(
    'Heap that a job of the definition adds and does not give back, sampled when a leak was last suspected.',
    'name',
  ),
  fiber_work_auth_refused_total: counter('Jobs that carried a principal not to be trusted.', 'queue', 'name'),
} as const satisfies Record<string, Metric>

const ofTheWorker = {
  fiber_work_worker_info: gauge('Always 1: which build works on which kind of store.', 'version', 'driver', 'durable'),
  fiber_work_worker_state: gauge('1 for the state that the worker is in, 0 for the others.', 'state'),
  fiber_work_worker_start_time_seconds: gauge('When the worker started, seconds since 1970.'),
  fiber_work_worker_silence_seconds: gauge('Since the store last answered this worker.'),
  fiber_work_jobs_in_flight: gauge('Jobs that run now.', 'queue'),
  fiber_work_jobs_pacing: gauge('Jobs taken that have not begun: starts are paced.'),
  fiber_work_slots: gauge('Jobs at once that the worker is set to.'),
  fiber_work_slots_allowed: gauge('Jobs at once that it allows itself now.'),
  fiber_work_slots_cut: gauge('1 while slots are cut, by what cuts them.', 'by'),
  fiber_work_cuts_total: counter('How often slots were cut for the sake of the process.', 'by'),
  fiber_work_lease_renewals_total: counter('Renewals of the lease that succeeded.', 'by'),
  fiber_work_lease_age_seconds: gauge('Since the lease was last renewed; 0 where the broker keeps none.'),
  fiber_work_guardian_failures_total: counter('Times that the guardian thread could not do its work.'),
  fiber_work_sessions_revoked_total: counter('Sessions of this worker that were taken back: its lease was lost.'),
  fiber_work_jobs_swept_total: counter('Jobs taken back from dead sessions.'),
  fiber_work_jobs_reconciled_total: counter('Loans that store and worker disagreed about.', 'what'),
} as const satisfies Record<string, Metric>

const ofTheProcess = {
  fiber_work_loop_delay_seconds: histogram('How late the event loop was, looked at every 10 ms.', loopSeconds),
  fiber_work_loop_delay_max_seconds: gauge('The longest delay of the event loop in the last 15 to 30 seconds.'),
  fiber_work_loop_seconds_total: counter(
    'Time of the event loop; active / (active + idle) is its utilisation.',
    'state',
  ),
  fiber_work_loop_blocked_total: counter(
    'Times that the event loop stood still for longer than it may; name is empty where nobody was seen.',
    ...['queue', 'name', 'sure'],
  ),
  fiber_work_loop_blocked_seconds_total: counter('How long it stood still then.', 'queue', 'name', 'sure'),
  fiber_work_cpu_seconds_total: counter('CPU of the process.', 'mode'),
  fiber_work_memory_bytes: gauge('Memory of the process.', 'kind'),
  fiber_work_heap_limit_bytes: gauge('How large the heap of V8 may grow.'),
  fiber_work_series_folded_total: counter(
    'Samples counted under other, because a metric had enough label sets.',
    'metric',
  ),
} as const satisfies Record<string, Metric>

const ofDoors = {
  fiber_work_http_requests_total: counter('Calls of Http and of fetch, by status class or error.', 'origin', 'outcome'),
  fiber_work_http_request_seconds: histogram('How long they took, retries included.', callSeconds, 'origin'),
  fiber_work_http_retries_total: counter('Further tries of calls.', 'origin'),
  fiber_work_db_calls_total: counter('Statements, transactions and streams of Db.', 'connection', 'outcome'),
  fiber_work_db_call_seconds: histogram('How long they took.', callSeconds, 'connection'),
  fiber_work_db_wait_seconds: histogram('Long waits for a connection of a pool.', callSeconds, 'connection'),
  fiber_work_db_replica_failures_total: counter('Replicas that did not answer.', 'connection'),
  fiber_work_cache_reads_total: counter('Questions to a cache, by the level that answered.', 'level'),
  fiber_work_cache_failures_total: counter('Failures of a cache that jobs went on without.', 'verb'),
  fiber_work_facade_calls_total: counter('Calls through facades of your own.', 'facade', 'outcome'),
  fiber_work_facade_call_seconds: histogram('How long they took.', callSeconds, 'facade'),
  fiber_work_limit_wait_seconds: histogram(
    'How long calls waited for their turn at a call-level limit.',
    callSeconds,
    'limit',
  ),
  fiber_work_limit_refusals_total: counter('Calls that gave up waiting for their turn.', 'limit'),
  fiber_work_limit_rebuilt_total: counter('Times that Redis had lost a call-level limit.', 'limit'),
  fiber_work_upstream_freezes_total: counter('Times that a service wanted no calls for a while.', 'origin'),
} as const satisfies Record<string, Metric>

const ofTheStore = {
  fiber_work_store_failures_total: counter(
    'Failed calls to the store, by whether they were given up.',
    'verb',
    'given_up',
  ),
  fiber_work_store_recoveries_total: counter('Calls to the store that succeeded after failures.', 'verb'),
  fiber_work_schedules_fired_total: counter(
    'Runs of schedules, by what the store made of them.',
    'schedule',
    'outcome',
  ),
  fiber_work_schedule_late_seconds: histogram('How late runs of schedules were enqueued.', jobSeconds),
  fiber_work_schedules_missed_total: counter('Times that runs of a schedule were left out.', 'schedule'),
  fiber_work_schedule_failures_total: counter('Runs of schedules that could not be enqueued.', 'schedule'),
  fiber_work_outbox_jobs: gauge('Rows of an outbox: waiting for their broker, or left aside.', 'target', 'state'),
  fiber_work_outbox_oldest_seconds: gauge('How long the oldest row of an outbox has waited.', 'target'),
  fiber_work_outbox_failures_total: counter('Times that an outbox could not hand on what waits.', 'target'),
} as const satisfies Record<string, Metric>

/** Asked of the store, once for all workers of a machine. */
const ofQueues = {
  fiber_work_store_up: gauge('1 while the store answers what its queues hold.'),
  fiber_work_queue_jobs: gauge('Jobs of a queue, by state.', 'queue', 'state'),
  fiber_work_queue_oldest_ready_seconds: gauge(
    'How long the oldest ready job has been ready; 0 when none is.',
    'queue',
  ),
  fiber_work_queue_paused: gauge('1 while a queue is paused.', 'queue'),
  fiber_work_queues_unlisted: gauge('Queues of the store that are not listed, because there are too many.'),
  fiber_work_sessions: gauge('Workers and clients at the store, by whether their lease holds.', 'state'),
} as const satisfies Record<string, Metric>

export const metricGroups = { ofJobs, ofTheWorker, ofTheProcess, ofDoors, ofTheStore, ofQueues } as const

export const metrics = { ...ofJobs, ...ofTheWorker, ...ofTheProcess, ...ofDoors, ...ofTheStore, ...ofQueues } as const

export type MetricName = keyof typeof metrics
export type NameOf<Type extends Metric['type']> = {
  [Name in MetricName]: (typeof metrics)[Name]['type'] extends Type ? Name : never
}[MetricName]

export const metricOf = (name: MetricName): Metric => metrics[name]

/** A family of the table, with these samples. */
export function familyOf(name: MetricName, samples: MetricFamily['samples']): MetricFamily {
  const { help, type } = metricOf(name)
  return { name, help, type, samples }
}
