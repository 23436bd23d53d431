import type { ContextProbe, ContextStyle } from '../../contract/context-probe.ts'
import type { Look } from './observe.ts'

/** One way to call a client. */
export interface Way<Client> {
  style: ContextStyle
  /** As a user writes it: `pool.query(sql, callback)`. */
  what: string
  /** `look` is called wherever the caller's code goes on. */
  run: (client: Client, look: Look) => unknown
  /** What to do instead, where that is more than can be said of all clients. */
  instead?: string
}

export const styleNames: readonly ContextStyle[] = ['promise', 'then', 'pooled', 'callback', 'event', 'stream']

/** A call that is awaited, as a way. What it answers is also asked for its own `.then`. */
export function awaited<Client>(what: string, call: (client: Client) => PromiseLike<unknown>): Way<Client>[] {
  // What its `then` answers need not be a promise.
  const then = (client: Client, look: Look) =>
    new Promise<void>((resolve, reject) => void call(client).then(() => resolve(look()), reject))
  return [
    { style: 'promise', what: `await ${what}`, run: async (client, look) => (await call(client), look()) },
    { style: 'then', what: `${what} .then(…)`, run: then },
  ]
}

/** A call that answers a function, as a way. */
export function called<Client>(
  style: 'callback' | 'event',
  what: string,
  call: (client: Client, done: (...answer: unknown[]) => void) => unknown,
  instead?: string,
): Way<Client> {
  const run = (client: Client, look: Look) =>
    new Promise<void>((resolve, reject) => {
      const done = (error?: unknown) => {
        look()
        if (error instanceof Error) reject(error)
        else resolve()
      }
      void begun(() => call(client, done)).catch(reject)
    })
  return { style, what, run, ...(instead !== undefined && { instead }) }
}

/** What it throws at once, and what it rejects with, are the same to us. A `then` that is no promise's is left alone. */
async function begun(call: () => unknown): Promise<void> {
  const answer = call()
  if (answer instanceof Promise) await answer
}

export function borrowed<Client>(what: string, call: (client: Client) => PromiseLike<unknown>): Way<Client> {
  return { style: 'pooled', what, run: async (client, look) => (await call(client), look()) }
}

export function read<Client>(
  what: string,
  call: (client: Client) => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>,
): Way<Client> {
  const run = async (client: Client, look: Look) => {
    for await (const _ of await call(client)) look()
    look()
  }
  return { style: 'stream', what, run }
}

/** The ways of a user's own probe. */
export function waysOf({ options }: ContextProbe): Way<unknown>[] {
  const { promise, pooled, callback, event, stream } = options
  return [
    ...(promise === undefined ? [] : awaited('promise(client)', promise)),
    ...(pooled === undefined ? [] : [borrowed('await pooled(client)', pooled)]),
    ...(callback === undefined ? [] : [called('callback', 'callback(client, done)', callback)]),
    ...(event === undefined ? [] : [called('event', 'event(client, heard)', event)]),
    ...(stream === undefined ? [] : [read('for await (… of stream(client))', stream)]),
  ]
}
