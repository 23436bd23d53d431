import type { ErrorMeaning } from './error-meaning.ts'

/** What the HTTP API says; the other codes come through it as well. */
export const apiErrors = {
  FW_API_FAILED: {
    retryable: false,
    meaning: "A request failed for a reason that is not the caller's.",
    remedy: "Look at the log of the API's process; if it happens again, report it.",
  },
  FW_API_FORBIDDEN: {
    retryable: false,
    meaning: 'The token has a role or queues that do not allow this.',
    remedy: 'Use another token; `fiber-work tokens` lists and makes them.',
  },
  FW_API_HOST: {
    retryable: false,
    meaning: 'The `Host` header of a request is none of ours: a page of somebody else may be behind it.',
    remedy:
      'Use the address that was given to `--http`, or allow the name with `--http-host` (`hosts` where the dashboard is mounted).',
  },
  FW_API_IDEMPOTENCY: {
    retryable: false,
    meaning: 'An idempotency key came again with another request.',
    remedy: 'Take a new key for each job; repeat a request with its key only as it was.',
  },
  FW_API_INVALID: {
    retryable: false,
    meaning: 'A request is not what the operation takes.',
    remedy: 'The message names each place and what is allowed there; `/v1/openapi.json` has it all.',
  },
  FW_API_MEDIA_TYPE: {
    retryable: false,
    meaning: 'The body of a request is of a type that is not read here.',
    remedy: 'Send JSON, uncompressed, with `content-type: application/json`.',
  },
  FW_API_METHOD: {
    retryable: false,
    meaning: 'There is such a path, but not with this method.',
    remedy: 'The header `allow` of the answer names the methods.',
  },
  FW_API_NOT_FOUND: {
    retryable: false,
    meaning: 'There is no such path, or nothing by this id.',
    remedy: 'Look at `/v1/openapi.json` for the paths; what has ended may have been forgotten.',
  },
  FW_API_ORIGIN: {
    retryable: false,
    meaning: 'A page of another site sent the request.',
    remedy: 'Call the API from a program, or from a page that it serves itself.',
  },
  FW_API_STARTING: {
    retryable: true,
    meaning: 'The process has not reached its store yet.',
    remedy: 'Try again in a moment; `/readyz` tells.',
  },
  FW_API_TOO_LARGE: {
    retryable: false,
    meaning: 'A request is too large, too deep or of too many parts.',
    remedy: 'Send less at once; keep big data elsewhere and send a reference.',
  },
  FW_API_TOO_MANY: {
    retryable: true,
    meaning: 'More requests, watchers or tasks than are allowed at once.',
    remedy: 'Wait as `retry-after` says, send batches, or give the token a higher rate.',
  },
  FW_API_UNAUTHENTICATED: {
    retryable: false,
    meaning: 'The API wants a token, and there was none, or one that it does not know (any more).',
    remedy: 'Send `authorization: Bearer TOKEN`; `fiber-work tokens add NAME --role ROLE` makes one.',
  },
  FW_API_UNREACHABLE: {
    retryable: true,
    meaning: 'The API of another process did not answer.',
    remedy: 'Check the URL, and that a worker or `fiber-work api` serves there.',
  },
} as const satisfies Record<string, ErrorMeaning>
