import { emit } from '../../src/base/emit.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { openCall } from '../../src/sandbox/call.ts'
import { isOutside, storage } from '../../src/sandbox/storage.ts'
import { targetOf } from './errors.ts'
import { mockedDoors } from './mocked.ts'

type Fetch = typeof globalThis.fetch
type Input = Parameters<Fetch>[0]
type Init = NonNullable<Parameters<Fetch>[1]>

/** The binding that is in force, for this and any further copy of the package; `users` is how many want it. */
const key = Symbol.for('fiber-work.fetch')
const shared = globalThis as { [key]?: { users: number; undo: () => void } }

/**
 * Make the plain `fetch` a door like `Http`: inside a job it has the job's signal and trace context, rejects with
 * `FW_JOB_SETTLED` after the job's end, and is told of by `http.ended`. Outside of a job the original is called with the very
 * same arguments. Answers the function that undoes it; the last of several callers restores the original, unless somebody has
 * wrapped `fetch` since: then the binding stays in between and does nothing.
 */
export function bindFetch({ env = systemEnv }: { env?: Env } = {}): () => void {
  const binding = shared[key] ?? (shared[key] = wrap(env))
  binding.users++
  let mine = true
  return () => {
    if (!mine) return
    mine = false
    if (--binding.users > 0) return
    delete shared[key]
    binding.undo()
  }
}

function wrap(env: Env): { users: number; undo: () => void } {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
  const original = globalThis.fetch
  const wrapped: Fetch = (...args: Parameters<Fetch>) => {
    if (binding.users === 0 || isOutside()) return original.apply(globalThis, args)
    return inJob(env, original, ...args)
  }
  Object.defineProperties(wrapped, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  })
  const undo = () => {
    if (globalThis.fetch === wrapped && before !== undefined) Object.defineProperty(globalThis, 'fetch', before)
  }
  const binding = { users: 0, undo }
  Object.defineProperty(globalThis, 'fetch', { configurable: true, enumerable: true, writable: true, value: wrapped })
  return binding
}

async function inJob(env: Env, original: Fetch, input: Input, init: Init = {}): Promise<Response> {
  const url = URL.parse(input instanceof Request ? input.url : String(input))
  // Nothing to bind: data: and blob: do not leave the process, and what is no URL is fetch's to refuse.
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return original(input, init)
  const method = (init.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase()
  const startedMs = env.monoMs()
  const what = targetOf(method, url)
  const call = openCall(what)
  if (call?.fiber.trace !== undefined) call.traced({ kind: 'http', method, url })
  const told = { status: undefined as number | undefined, error: undefined as unknown }
  try {
    const ask = () => original(input, call === undefined ? init : bound(input, init, call))
    const span = call?.span
    const response = await unowned(input, init, span === undefined ? ask : () => span.within(ask))
    told.status = response.status
    return response
  } catch (error) {
    told.error = error
    throw error
  } finally {
    if (call?.fiber.settled === false) call.end()
    call?.span?.end({ ...told, tries: 1 })
    const job = call?.fiber.loan.job.id
    emit('http.ended', () => ({
      job,
      method,
      origin: url.origin,
      what,
      ms: env.monoMs() - startedMs,
      tries: 1,
      ...told,
    }))
  }
}

/**
 * A connection that is opened on the way belongs to no job, whoever was the first to need it; what others keep in an
 * AsyncLocalStorage of their own goes along. A stream is read in the job that sends it.
 */
function unowned<R>(input: Input, { body }: Init, run: () => R): R {
  const isStream = typeof body === 'object' && body !== null && Symbol.asyncIterator in body
  const mayStream = isStream || (body == null && input instanceof Request && input.body !== null)
  // A test that answers for this job must see whose request it is, and opens no connection.
  const stays = mayStream || mockedDoors.here() !== undefined
  return stays ? run() : storage.run(undefined as never, run)
}

/** The same request with the job's signal, joined with the caller's own, and the job's trace context. */
function bound(input: Input, init: Init, call: NonNullable<ReturnType<typeof openCall>>): Init {
  const own = init.signal === undefined && input instanceof Request ? input.signal : init.signal
  const signal = own ? AbortSignal.any([own, call.signal]) : call.signal
  const { traceparent, tracestate } = call.trace ?? {}
  if (traceparent === undefined) return { ...init, signal }
  const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined))
  if (!headers.has('traceparent')) {
    headers.set('traceparent', traceparent)
    if (tracestate !== undefined) headers.set('tracestate', tracestate)
  }
  return { ...init, signal, headers }
}
