import { FiberWorkError } from '../../src/contract/errors.ts'

/** `GET https://host/path`: what a request is called in messages and lists; no user, password, query or fragment. */
export function targetOf(method: string, url: URL): string {
  const path = url.pathname.length > 200 ? `${url.pathname.slice(0, 199)}…` : url.pathname
  return `${method} ${url.origin}${path}`
}

/** A response had a status that was not accepted. */
export class HttpStatusError extends FiberWorkError {
  override readonly name: string = 'HttpStatusError'
  readonly status: number
  /** The first KiB of the body, as far as it had arrived. */
  readonly body: string

  constructor(target: string, status: number, body: string) {
    const start = body.replace(/\s+/g, ' ').trim().slice(0, 200)
    super('FW_HTTP_STATUS', `${target} answered ${status}${start === '' ? '.' : `: ${start}`}`, {
      retryable: isPassing(status),
    })
    this.status = status
    this.body = body
  }
}

/** The status says that the same request may succeed later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'connection refused; check that the service is up and listens on that port',
  ECONNRESET: 'the connection was reset before the response was complete; try again, and look at the server’s log',
  UND_ERR_SOCKET: 'the server closed the connection before the response was complete; try again, and look at its log',
  EPIPE: 'the server closed the connection while the request was being sent',
  ENOTFOUND: 'its name is not known; check the spelling and the DNS',
  EAI_AGAIN: 'its name could not be looked up for now; check the DNS',
  EHOSTUNREACH: 'there is no route to it; check the network',
  ENETUNREACH: 'there is no route to it; check the network',
  EMFILE: 'this process has no file descriptors left; raise `ulimit -n` or lower `connections`',
  ENFILE: 'this machine has no file descriptors left; lower `connections`',
  EADDRNOTAVAIL: 'no local port is left for this address; lower `connections` or spread over several addresses',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the response ended before the length it had announced',
  UND_ERR_HEADERS_OVERFLOW: 'the response has more header bytes than Node allows (`--max-http-header-size`)',
}

const timedOut = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
const malformed = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** What undici or the system said, in our words; the original is the cause. */
export function asHttpError(target: string, error: unknown): FiberWorkError {
  if (error instanceof FiberWorkError) return error
  const code = codeOf(error)
  const said = error instanceof Error ? error.message : String(error)
  if (timedOut.has(code)) {
    return new FiberWorkError('FW_CALL_TIMEOUT', `${target}: could not connect in time; check that the host is up.`, {
      cause: error,
    })
  }
  if (malformed.has(code)) return invalid(`${target} cannot be sent: ${said}.`, error)
  const reason = reasons[code] ?? (said === '' ? code : `${said}${code === '' ? '' : ` (${code})`}`)
  return new FiberWorkError('FW_HTTP_FAILED', `${target} failed: ${reason}.`, { cause: error })
}

export function invalid(message: string, cause?: unknown): FiberWorkError {
  return new FiberWorkError('FW_HTTP_INVALID', message, cause === undefined ? {} : { cause })
}
