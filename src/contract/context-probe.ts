/**
 * How the answer of a client reaches the job that asked:
 *
 * - `promise`: the job awaits it. `then`: a function given to the `.then()` of what the client returned.
 * - `pooled`: the job borrows a connection, uses it, and gives it back.
 * - `callback`: a function of the job is called. `event`: a listener of the job is called.
 * - `stream`: the job reads an iterator.
 */
export type ContextStyle = 'promise' | 'then' | 'pooled' | 'callback' | 'event' | 'stream'

/** How a client of your own is asked whether it keeps the job in whose name it is called. Give the styles that you use. */
export interface ContextProbeOptions<Client> {
  /** Makes the client, outside of any job: a pool of few connections shows more than one of many. */
  open: () => Client | Promise<Client>
  close?: (client: Client) => unknown
  /** One small call; it is awaited. */
  promise?: (client: Client) => PromiseLike<unknown>
  /** Borrow a connection, use it, give it back. */
  pooled?: (client: Client) => PromiseLike<unknown>
  /** One small call that answers by calling `done`; an `Error` as its first argument is a failure. */
  callback?: (client: Client, done: (...answer: unknown[]) => void) => unknown
  /** Listen with `heard`, and cause the event. */
  event?: (client: Client, heard: (...event: unknown[]) => void) => unknown
  /** Something to read with `for await`. */
  stream?: (client: Client) => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>
}

/** Made by `defineContextProbe`, for `contextProbes` in the config file: `fiber-work doctor --context` runs it. */
export interface ContextProbe {
  readonly name: string
  readonly options: ContextProbeOptions<unknown>
}

/** What a call made of the context in which it was made, over many jobs at once. */
export interface ContextTally {
  /** The job that asked was there when the answer came. */
  kept: number
  /** No job was there. */
  lost: number
  /** Another job was there. */
  bled: number
  of: number
}
