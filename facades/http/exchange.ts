import type { Dispatcher } from 'undici'
import type { Env, Timer } from '../../src/base/env.ts'
import type { CallSpan } from '../../src/base/tracing.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { outside } from '../../src/sandbox/storage.ts'
import { Deadlined, type Deadlines } from './deadlines.ts'
import { codeOf } from './errors.ts'
import type { Connection, Group, Line, Waiter } from './line.ts'
import type { Pool } from './pool.ts'

type Controller = Dispatcher.DispatchController
export type RawHeaders = Record<string, string | string[] | undefined>

/** How much of a body is kept while nobody reads it; the rest waits in the socket. */
const unreadBytesMax = 64 * 1_024
/** A discarded rest up to this size is read away to keep the connection. */
const drainBytesMax = 64 * 1_024
/** The response to an error status is given to the caller with the start of its body, if that comes within this time. */
const errorBodyBytes = 1_024
const errorBodyWaitMs = 1_000

const none: RawHeaders = {}

/** Who reads a body. */
export interface Reader {
  data(chunk: Buffer): void
  end(): void
  fail(error: unknown): void
}

/** One client instance's way out. */
export interface Door {
  readonly env: Env
  readonly pool: Pool
  readonly group: Group
  readonly deadlines: Deadlines
}

/** Whose try it is. */
export interface Owner {
  readonly door: Door
  readonly origin: string
  /** For messages. */
  readonly target: string
  readonly timeoutMs: number
  /** Of a traced job. */
  readonly span: CallSpan | undefined
  /** The request as undici takes it. */
  wire(): Dispatcher.DispatchOptions
  /** The headers are there (of an error status with the start of the body). */
  answered(exchange: Exchange): void
  /** No headers came: what undici, the system or `abort` said. */
  failed(exchange: Exchange, error: unknown): void
  /** The headers had come, and now the body is complete, or failed. */
  over(exchange: Exchange): void
}

/**
 * One try of one request: from asking for a connection to the last byte of the body. It is undici's dispatch handler
 * itself, because at 10,000 in flight each further object a request counts.
 */
export class Exchange extends Deadlined implements Waiter {
  gone = false
  status = 0
  headers: RawHeaders = none
  readonly startedMs: number
  grantedMs: number
  headersMs: number
  /** The server had used this connection before, and may have closed it just as the request was sent. */
  reused = false
  /** The response's headers are there. */
  answered = false
  /** Nothing more will come: `error` says whether all came. */
  done = false
  error: unknown = undefined
  chunks: Buffer[] = []
  bytes = 0
  readonly #owner: Owner
  #line: Line | undefined
  #connection: Connection | undefined
  #controller: Controller | undefined
  #hold: Timer | undefined
  #reader: Reader | undefined
  /** The owner has been told of the answer, or of the failure. */
  #told = false

  constructor(owner: Owner) {
    super()
    this.#owner = owner
    this.startedMs = this.grantedMs = this.headersMs = owner.door.env.monoMs()
  }

  start(): void {
    const { timeoutMs, origin } = this.#owner
    const { deadlines, pool, group } = this.#owner.door
    if (timeoutMs > 0) deadlines.add(this, timeoutMs)
    this.#line = pool.lineOf(group, origin)
    pool.acquire(this.#line, this)
  }

  granted(connection: Connection): void {
    this.#connection = connection
    this.#line = undefined
    this.reused = connection.served > 1
    this.grantedMs = this.#owner.door.env.monoMs()
    const dispatch = () => connection.client.dispatch(this.#owner.wire(), this)
    const { span } = this.#owner
    outside(span === undefined ? dispatch : () => span.within(dispatch))
  }

  /** Give up, for this reason; also while the body is being read. Without a reason: nobody wants the rest of the body. */
  abort(error?: unknown): void {
    if (this.done) return
    const line = this.#line
    if (line !== undefined) {
      this.#owner.door.pool.leave(line, this)
      this.#line = undefined
    }
    const controller = this.#controller
    this.#finish(error, true)
    controller?.abort(error instanceof Error ? error : new Error('aborted'))
  }

  expired(): void {
    this.abort(this.#timedOut())
  }

  /** One reader: it gets what has come so far at once. */
  read(reader: Reader): void {
    for (const chunk of this.take()) reader.data(chunk)
    if (this.error !== undefined) reader.fail(this.error)
    else if (this.done) reader.end()
    else {
      this.#reader = reader
      this.#controller?.resume()
    }
  }

  take(): Buffer[] {
    const { chunks } = this
    this.chunks = []
    return chunks
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** Nobody wants the rest: read it away if it is short, else close the connection. */
  discard(): void {
    this.chunks = []
    if (this.done) return
    const left = Number(this.headers['content-length'] ?? Infinity) - this.bytes
    if (left <= drainBytesMax) this.read(ignore)
    else this.abort()
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.done) controller.abort(new Error('aborted'))
  }

  onResponseStart(_controller: Controller, status: number, headers: RawHeaders): void {
    if (status < 200 || this.done) return
    this.status = status
    this.headers = headers
    this.answered = true
    this.headersMs = this.#owner.door.env.monoMs()
    if (status < 400) this.#answer()
    else this.#hold = this.#owner.door.env.setTimer(() => this.#answer(), errorBodyWaitMs)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.done) return
    this.bytes += chunk.length
    if (this.#reader !== undefined) return this.#reader.data(chunk)
    this.chunks.push(chunk)
    if (this.bytes >= errorBodyBytes) this.#answer()
    if (this.bytes > unreadBytesMax) controller.pause()
  }

  onResponseEnd(): void {
    if (!this.done) this.#finish(undefined, false)
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    if (this.done) return
    const short = shortOf(error)
    const connection = this.#connection
    if (short !== undefined && connection !== undefined && this.#requeue(connection, short)) return
    this.#finish(error, true)
  }

  /** The system is out of descriptors or ports, and there are other connections to wait for: wait like the others. */
  #requeue(connection: Connection, short: 'descriptors' | 'ports'): boolean {
    const { pool, group } = this.#owner.door
    const { line } = connection
    const others = short === 'ports' ? line.count : pool.sockets.count
    if (others <= 1) return false
    pool.exhausted(line, short)
    this.#connection = undefined
    pool.release(connection, true)
    this.#line = pool.lineOf(group, this.#owner.origin)
    pool.acquire(this.#line, this)
    return true
  }

  #answer(): void {
    if (this.#told) return
    this.#told = true
    this.#owner.door.env.clearTimer(this.#hold)
    this.#owner.answered(this)
  }

  #finish(error: unknown, broken: boolean): void {
    this.done = true
    this.error = error
    const { deadlines, pool } = this.#owner.door
    deadlines.remove(this)
    const connection = this.#connection
    const reader = this.#reader
    this.#connection = this.#controller = this.#reader = undefined
    if (connection !== undefined) pool.release(connection, broken && connection.capacity === 1)
    if (!this.answered) return this.#fail(error)
    this.#answer()
    if (error === undefined) reader?.end()
    else reader?.fail(error)
    this.#owner.over(this)
  }

  #fail(error: unknown): void {
    this.#told = true
    this.#owner.failed(this, error)
  }

  #timedOut(): FiberWorkError {
    const { target, timeoutMs } = this.#owner
    const where = this.answered
      ? 'the body was not complete'
      : this.#connection === undefined
        ? 'no socket was free'
        : 'no answer'
    return new FiberWorkError('FW_CALL_TIMEOUT', `${target}: ${where} after ${timeoutMs} ms (\`timeoutMs\`).`)
  }
}

const ignore: Reader = { data() {}, end() {}, fail() {} }

function shortOf(error: unknown): 'descriptors' | 'ports' | undefined {
  const code = codeOf(error)
  if (code === 'EMFILE' || code === 'ENFILE') return 'descriptors'
  return code === 'EADDRNOTAVAIL' ? 'ports' : undefined
}
