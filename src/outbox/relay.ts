import { backoffMs } from '../base/backoff.ts'
import { emit } from '../base/emit.ts'
import { type Env, sleep, type Timer, within } from '../base/env.ts'
import { type ErrorCode, FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import type { StoredJob } from '../contract/job.ts'
import type { OutboxState, OutboxWay } from '../contract/outbox.ts'
import { jobOf, type Row } from './row.ts'

/** What a relay does to the table; each in a transaction of its own. */
export interface RelayTable {
  any(): Promise<boolean>
  claim(limit: number): Promise<Row[]>
  renew(): Promise<void>
  remove(rows: readonly Row[]): Promise<void>
  unclaim(): Promise<void>
  setAside(row: Row, why: string): Promise<void>
  state(): Promise<OutboxState>
}

export interface RelayOptions {
  env: Env
  target: string
  /** A claim lives so long without renewal: what a killed relay had in its hands waits for that, and jobs of a full queue. */
  claimMs: number
  /** Looked for what others have written this often. */
  pollMs: number
  /** It is counted this often. */
  stateMs: number
  counted: (state: OutboxState) => void
}

const batchMax = 500
const closeMsMax = 5_000
const pause = { kind: 'exponential', baseMs: 500, maxMs: 30_000, jitter: 'equal' } as const
/** What a broker has against a job, and not against now. */
const ofTheJob: ReadonlySet<ErrorCode> = new Set([
  'FW_BODY_INVALID',
  'FW_BODY_TOO_LARGE',
  'FW_DRIVER_TRAIT',
  'FW_JOB_INVALID',
  'FW_NAME_INVALID',
])

/** Hands on what waits in an outbox: in order, in batches, and again until the broker has it. */
export class Relay {
  readonly #table: RelayTable
  readonly #way: OutboxWay
  readonly #options: RelayOptions
  readonly #closing = new AbortController()
  #waking = new AbortController()
  #woken = true
  #tries = 0
  #failingSinceMs = 0
  #countedMs = -Infinity
  readonly #ended: Promise<void>

  constructor(table: RelayTable, way: OutboxWay, options: RelayOptions) {
    this.#table = table
    this.#way = way
    this.#options = options
    this.#ended = this.#run()
  }

  /** Something has been committed here. */
  wake(): void {
    this.#woken = true
    if (this.#tries === 0) this.#waking.abort()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#waking.abort()
    await within(this.#options.env, closeMsMax, this.#ended)
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted || (this.#woken && this.#tries === 0)) {
      this.#woken = false
      let restMs = this.#options.pollMs
      try {
        await this.#all()
        this.#recovered()
        await this.#count()
      } catch (error) {
        restMs = this.#failed(error)
        await this.#count().catch(() => {})
      }
      if (!this.#woken || this.#tries > 0) await this.#rest(restMs)
    }
  }

  /** Batch after batch, until nothing is left that can be taken now. */
  async #all(): Promise<void> {
    while (await this.#table.any()) {
      const rows = await this.#table.claim(Math.min(batchMax, this.#way.batchMax))
      if (rows.length === 0) return
      const letGo = this.#hold()
      try {
        await this.#send(await this.#readable(rows))
      } catch (error) {
        await this.#table.unclaim().catch(() => {})
        throw error
      } finally {
        letGo()
      }
    }
  }

  /** Keeps the claim alive, until the answer is called. */
  #hold(): () => void {
    const { env, claimMs } = this.#options
    let timer: Timer
    const again = () => {
      timer = env.setTimer(() => (again(), void this.#table.renew().catch(() => {})), claimMs / 3, 'idle')
    }
    again()
    return () => env.clearTimer(timer)
  }

  /** Those that can be read; the others would be in the way for ever. */
  async #readable(rows: readonly Row[]): Promise<{ row: Row; job: StoredJob }[]> {
    const found: { row: Row; job: StoredJob }[] = []
    for (const row of rows) {
      try {
        found.push({ row, job: jobOf(row) })
      } catch (error) {
        await this.#aside(row, error)
      }
    }
    return found
  }

  /** Throws when the broker does not take them now; some of them may have arrived. */
  async #send(items: readonly { row: Row; job: StoredJob }[]): Promise<void> {
    if (items.length === 0) return
    try {
      const added = await this.#way.send(items.map(({ job }) => job))
      const arrived = items.filter((_, n) => added[n]!.outcome !== 'full')
      await this.#table.remove(arrived.map(({ row }) => row))
      if (arrived.length < items.length) this.#tellFull(items.find((item) => !arrived.includes(item))!.job)
    } catch (error) {
      if (!isFiberWorkError(error) || !ofTheJob.has(error.code)) throw error
      if (items.length === 1) return this.#aside(items[0]!.row, error)
      for (const item of items) await this.#send([item])
    }
  }

  /** Such jobs are tried again when their claim has ended; meanwhile the others go on. */
  #tellFull({ queue }: StoredJob): void {
    const error = new FiberWorkError('FW_QUEUE_FULL', `The queue "${queue}" is full; jobs for it wait in the outbox.`)
    emit('outbox.failed', () => ({ target: this.#options.target, error, tries: 1 }))
  }

  async #aside(row: Row, error: unknown): Promise<void> {
    await this.#table.setAside(row, error instanceof Error ? error.message : String(error))
    emit('outbox.aside', () => ({ target: this.#options.target, id: row.id, error }))
  }

  /** How long to leave it alone. */
  #failed(error: unknown): number {
    const { env, target } = this.#options
    if (this.#tries++ === 0) this.#failingSinceMs = env.monoMs()
    const tries = this.#tries
    emit('outbox.failed', () => ({ target, error, tries }))
    return backoffMs(pause, tries, () => env.random())
  }

  #recovered(): void {
    const { env, target } = this.#options
    const tries = this.#tries
    this.#tries = 0
    if (tries > 0) emit('outbox.recovered', () => ({ target, tries, afterMs: env.monoMs() - this.#failingSinceMs }))
  }

  /** Every now and then, also while the broker is away: the count is what bounds the table. */
  async #count(): Promise<void> {
    const { env, stateMs, counted } = this.#options
    if (env.monoMs() - this.#countedMs < stateMs) return
    this.#countedMs = env.monoMs()
    const state = await this.#table.state()
    counted(state)
    emit('outbox.state', () => state)
  }

  async #rest(ms: number): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#waking = new AbortController()
    await sleep(this.#options.env, ms, this.#waking.signal, 'idle')
  }
}
