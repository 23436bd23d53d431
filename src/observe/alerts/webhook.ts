import type { LookupFunction } from 'node:net'
import { backoffMs } from '../../base/backoff.ts'
import { emit } from '../../base/emit.ts'
import { type Env, sleep } from '../../base/env.ts'
import { FiberWorkError, isFiberWorkError } from '../../contract/errors.ts'
import { webhookUrl } from './egress.ts'
import type { Change } from './judge.ts'
import { post } from './post.ts'
import { signedHeaders, webhookKey } from './signature.ts'

export interface WebhookOptions {
  url: string
  /** `whsec_…`; without it nothing is signed. */
  secret?: string
  /** Allow http, all ports and private addresses. */
  allowPrivate?: boolean
}

const triesMax = 5
const backoff = { kind: 'exponential', baseMs: 1_000, maxMs: 60_000, jitter: 'equal' } as const
/** Messages that wait for one that is being tried again; more are given up. */
const waitingMax = 100

interface Message {
  id: string
  body: string
}

/** Hands alerts on to a URL, one after the other; what fails is told, and tried again a few times. */
export class Webhook {
  readonly #env: Env
  readonly #url: URL
  readonly #key: Buffer | undefined
  readonly #allowPrivate: boolean
  readonly #lookup: LookupFunction | undefined
  readonly #waiting: Message[] = []
  readonly #end = new AbortController()
  #sending: Promise<void> | undefined

  /** Throws `FW_EGRESS_DENIED` for a URL that may not be called, `FW_CONFIG_INVALID` for a secret that is none. */
  constructor(env: Env, { url, secret, allowPrivate = false }: WebhookOptions, lookup?: LookupFunction) {
    this.#env = env
    this.#allowPrivate = allowPrivate
    this.#url = webhookUrl(url, allowPrivate)
    this.#key = secret === undefined ? undefined : webhookKey(secret)
    this.#lookup = lookup
  }

  send({ kind, alert: { atMs, ...alert }, lastedMs }: Change): void {
    const lasted = kind === 'cleared' ? { lastedMs } : {}
    const body = JSON.stringify({ ...alert, state: kind, timestamp: new Date(atMs).toISOString(), ...lasted })
    if (this.#waiting.length >= waitingMax) {
      this.#failed(new FiberWorkError('FW_QUEUE_FULL', `More than ${waitingMax} alerts wait for the webhook.`), 0, true)
      return
    }
    this.#waiting.push({ id: `msg_${this.#env.id()}`, body })
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined))
  }

  /** What is being sent is cut off; a process that stops waits for nobody's server. */
  async end(): Promise<void> {
    this.#end.abort()
    await this.#sending
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await this.#deliver(next)
  }

  async #deliver(message: Message): Promise<void> {
    const { signal } = this.#end
    for (let tries = 1; ; tries++) {
      const error = await this.#try(message)
      if (error === undefined) return
      const givenUp = tries >= triesMax || signal.aborted || !isWorthwhile(error)
      this.#failed(error, tries, givenUp)
      if (givenUp) return
      await sleep(
        this.#env,
        backoffMs(backoff, tries, () => this.#env.random()),
        signal,
        'idle',
      )
    }
  }

  /** Undefined when it was taken. */
  async #try({ id, body }: Message): Promise<unknown> {
    const { signal } = this.#end
    if (signal.aborted) return new FiberWorkError('FW_SHUTDOWN', 'The worker stops before its webhook was called.')
    // A time of its own for each try: receivers refuse old ones.
    const signed = signedHeaders(this.#key, { id, atMs: this.#env.nowMs(), body })
    const headers = { 'content-type': 'application/json', 'user-agent': 'fiber-work', ...signed }
    try {
      const status = await post({
        env: this.#env,
        url: this.#url,
        headers,
        body,
        allowPrivate: this.#allowPrivate,
        signal,
        ...(this.#lookup && { lookup: this.#lookup }),
      })
      return status >= 200 && status < 300 ? undefined : new Refusal(status)
    } catch (error) {
      return error
    }
  }

  /** Of the URL only its origin: there may be a secret in its path. */
  #failed(error: unknown, tries: number, givenUp: boolean): void {
    emit('alert.failed', () => ({ target: this.#url.origin, error, tries, givenUp }))
  }
}

/** It was answered, and not with a 2xx. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The webhook answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}.`)
    this.status = status
  }
}

/** Only what may be otherwise next time. */
function isWorthwhile(error: unknown): boolean {
  if (error instanceof Refusal) return error.status >= 500 || error.status === 429 || error.status === 408
  return !isFiberWorkError(error) || error.retryable
}
