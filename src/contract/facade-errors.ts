import type { ErrorMeaning } from './error-meaning.ts'

/** What the facades and the limits on calls say. */
export const facadeErrors = {
  FW_AUTH_DENIED: {
    retryable: false,
    meaning:
      'Whoever acts here may not do this: nobody was named, a role is missing, or they belong to another tenant.',
    remedy: 'The message names who it was and what was wanted.',
  },
  FW_AUTH_INVALID: {
    retryable: false,
    meaning:
      'The principal that a job carries is not to be trusted: unsigned, forged, moved from another job, or expired.',
    remedy:
      'Enqueue the job anew. Signed with a key that this worker does not know (yet), it is tried again: give all workers the new secret before producers use it.',
  },
  FW_AUTH_UNCONFIGURED: {
    retryable: true,
    meaning: 'A job is to carry a principal, or carries one, and this process has no secret to sign or verify it with.',
    remedy: 'Set FIBER_WORK_AUTH_SECRET, or call `Auth.configure({ secrets })`.',
  },
  FW_CACHE_FAILED: {
    retryable: true,
    meaning: 'The shared level of a cache that is `strict` did not answer.',
    remedy: 'Look at that Redis; without `strict` its failures are misses.',
  },
  FW_DB_BUSY: {
    retryable: true,
    meaning: 'No connection of the pool became free within `waitMsMax`, or too many wait for one already.',
    remedy:
      'Start fewer jobs at once, keep transactions short, or raise `poolMax`; a job that holds a transaction and asks for a second connection waits for others that may do the same.',
  },
  FW_DB_CONFLICT: {
    retryable: true,
    meaning:
      'The database gave up a statement for another one: a deadlock, a serialization failure, a lock not had in time.',
    remedy: 'Run the transaction again, or let `Db.transaction(fn, { retries })` do it.',
  },
  FW_DB_FAILED: {
    retryable: false,
    meaning: 'The database refused a statement, or a transaction had ended before it.',
    remedy: 'The message has what the database said, `driverCode` its code, and the cause the rest.',
  },
  FW_DB_UNREACHABLE: {
    retryable: true,
    meaning: 'The database could not be reached, or its connection was lost during a statement.',
    remedy:
      'Check the URL and that the server is up. After a lost COMMIT nobody knows whether it took place: the message says so.',
  },
  FW_DB_UNWRITTEN: {
    retryable: false,
    meaning:
      'A transaction has committed, but jobs that were enqueued in it, for another store, could not be written after it.',
    remedy: 'The cause says why. Keep the queue in the database where a job must not be lost.',
  },
  FW_HTTP_FAILED: {
    retryable: true,
    meaning: 'A request failed before its response was complete: refused, reset, name not found, too many redirects.',
    remedy: 'The message says which, the cause has the details.',
  },
  FW_HTTP_INVALID: {
    retryable: false,
    meaning: 'A request cannot be sent as it is: its URL, a header or an option is malformed.',
    remedy: 'The message names what is wrong with it.',
  },
  FW_HTTP_NOT_JSON: {
    retryable: false,
    meaning: 'A response body was read as JSON and is not JSON.',
    remedy: 'Look at `response.status` first, or read it with `text()`.',
  },
  FW_HTTP_STATUS: {
    retryable: true,
    meaning: 'A response had a status that the handler did not accept (`response.throw()`).',
    remedy: 'The error carries the status and the start of the body.',
  },
  FW_HTTP_TOO_LARGE: {
    retryable: false,
    meaning: 'A response body is larger than `bytesMax`.',
    remedy: 'Raise `bytesMax` for this call, or stream the body.',
  },
  FW_LIMIT_TIMEOUT: {
    retryable: true,
    meaning: 'A call waited for its turn at a limit (`RateLimit.for(…).run`) for longer than `waitMsMax`.',
    remedy: 'Allow more, wait longer, or start fewer jobs at once (`groupRate`, `concurrencyMax` of the queue).',
  },
  FW_PRINCIPAL_INVALID: {
    retryable: false,
    meaning: 'A principal is malformed or too large to be carried.',
    remedy: 'The message names the field; keep it small, and look the rest up by its id.',
  },
  FW_SESSION_CONFLICT: {
    retryable: true,
    meaning: 'Somebody else changed what this job read or wrote of a session, before it was written.',
    remedy: 'Nothing: the job is tried again. Change with `Session.update` what many change at once.',
  },
  FW_SESSION_FAILED: {
    retryable: true,
    meaning: 'The store of the sessions did not answer.',
    remedy: 'Look at that Redis, or the store that you gave to `Session.configure`.',
  },
  FW_SESSION_TOO_LARGE: {
    retryable: false,
    meaning: 'A value of a session, or the session, is larger than its limit.',
    remedy: 'Keep less, or keep it elsewhere with a reference here; the message names the option that allows more.',
  },
  FW_TENANT_FOREIGN: {
    retryable: false,
    meaning: 'Something of one tenant was asked for in the name of another.',
    remedy: 'A job sees its own tenant only; what all may see is `{ shared: true }`.',
  },
  FW_UPSTREAM_FROZEN: {
    retryable: true,
    meaning:
      'A service has said (429, 503, spent RateLimit headers) that it wants no calls with this credential for now.',
    remedy:
      'Nothing: the job is released and due when calls are taken again. Catch it, or say `upstream: "wait"`, to do something else.',
  },
  FW_VALUE_NOT_JSON: {
    retryable: false,
    meaning: 'A value for a cache or a session cannot be written as JSON and read back the same.',
    remedy: 'The message names the path; keep plain data.',
  },
  FW_VALUE_TOO_LARGE: {
    retryable: false,
    meaning: 'A value for a cache is larger than its limit.',
    remedy: 'Keep less, or keep it elsewhere with a reference here; the message names the option that allows more.',
  },
} as const satisfies Record<string, ErrorMeaning>
