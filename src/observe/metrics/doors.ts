import type { Events } from '../../contract/events.ts'
import type { Instruments } from './instruments.ts'
import type { Ears } from './listen.ts'

const outcomeOf = (error: unknown): string => (error === undefined ? 'ok' : 'error')

/** What jobs do outside of the process: calls through facades, and what they wait for on the way. */
export function countDoors(instruments: Instruments, ears: Ears): void {
  ears.any('http.ended', (call) => countHttp(instruments, call))
  ears.any('db.ended', ({ connection, ms, error }) => {
    instruments.count('fiber_work_db_calls_total', [connection, outcomeOf(error)])
    instruments.buckets('fiber_work_db_call_seconds', [connection]).record(ms)
  })
  ears.any('db.waited', ({ connection, waitedMs }) =>
    instruments.buckets('fiber_work_db_wait_seconds', [connection]).record(waitedMs),
  )
  ears.any('db.replicaDown', ({ connection }) =>
    instruments.count('fiber_work_db_replica_failures_total', [connection]),
  )
  ears.any('cache.read', ({ level }) => instruments.count('fiber_work_cache_reads_total', [level]))
  ears.any('cache.degraded', ({ verb }) => instruments.count('fiber_work_cache_failures_total', [verb]))
  ears.any('facade.ended', ({ facade, ms, error }) => {
    instruments.count('fiber_work_facade_calls_total', [facade, outcomeOf(error)])
    instruments.buckets('fiber_work_facade_call_seconds', [facade]).record(ms)
  })
  ears.any('limit.waited', ({ limit, waitedMs, error }) => {
    instruments.buckets('fiber_work_limit_wait_seconds', [limit]).record(waitedMs)
    if (error !== undefined) instruments.count('fiber_work_limit_refusals_total', [limit])
  })
  ears.any('limit.rebuilt', ({ limit }) => instruments.count('fiber_work_limit_rebuilt_total', [limit]))
  ears.any('upstream.frozen', ({ upstream }) => instruments.count('fiber_work_upstream_freezes_total', [upstream]))
}

/** An answer counts as its class, whatever the caller makes of it: an error is only what has none. */
function countHttp(instruments: Instruments, { origin, status, ms, tries }: Events['http.ended']): void {
  const outcome = status === undefined ? 'error' : `${Math.floor(status / 100)}xx`
  instruments.count('fiber_work_http_requests_total', [origin, outcome])
  instruments.buckets('fiber_work_http_request_seconds', [origin]).record(ms)
  if (tries > 1) instruments.count('fiber_work_http_retries_total', [origin], tries - 1)
}
