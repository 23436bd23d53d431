import { Batcher } from '../base/batcher.ts'
import { defaults } from '../base/defaults.ts'
import { emit, heard } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import { Lanes } from '../base/lanes.ts'
import { type SendSpan, tracing } from '../base/tracing.ts'
import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Added, Sent, StoredJob } from '../contract/job.ts'
import type { Outbox } from '../contract/outbox.ts'
import type { CarriedTransaction } from '../contract/transaction.ts'
import type { AnyDefinition } from '../job/definition.ts'
import type { EnqueueOptions } from '../job/options.ts'
import { asFits } from '../job/fits.ts'
import type { Keyring } from '../job/keyring.ts'
import { prepareJob } from '../job/prepare.ts'
import { inherited } from '../sandbox/tenant.ts'
import { carriedTransactions } from '../sandbox/transaction.ts'
import { depart } from '../sandbox/travel.ts'
import { sendSpan, spanned } from './spans.ts'

export interface ProducerOptions {
  env: Env
  driver: Driver
  bodyBytesMax: number
  /** Where jobs wait that are enqueued in a transaction of another database. */
  outbox?: Outbox
  /** Of encrypted inputs. */
  keys?: Keyring
  /** How long an enqueue may go on trying; 30 s by default. */
  enqueueTimeoutMs?: number
}

const batchMax = 500
/**
 * Jobs under way at once, in two calls at least: one is on its way while the store has the other. More calls would only be smaller, and cost the store
 * as much each; where a store takes few jobs a call there are as many as it has lanes.
 */
const underWayMax = 1_000
const pendingMax = 100_000

/** Checks, seals and writes jobs: many single enqueues become few calls to the store. */
export class Producer {
  readonly #options: ProducerOptions
  readonly #lanes: Lanes
  readonly #batcher: Batcher<StoredJob, Added>

  constructor(options: ProducerOptions) {
    const { env, driver } = options
    this.#options = options
    this.#lanes = new Lanes(env, driver.traits.lanesMax)
    const max = Math.min(batchMax, driver.traits.batchMax)
    this.#batcher = new Batcher({
      env,
      max,
      parallel: Math.min(driver.traits.lanesMax, Math.ceil(underWayMax / max)),
      pendingMax,
      soon: true,
      alternating: true,
      flush: (jobs) => this.#write(jobs),
    })
  }

  /** Throws what `prepareJob` throws, `FW_BODY_TOO_LARGE`, `FW_QUEUE_FULL`, and what the store answers. */
  enqueue(definition: AnyDefinition, input: unknown, options?: EnqueueOptions): Promise<Sent> {
    const span = sendSpan('send', definition, options)
    if (span === undefined) return this.#enqueue(definition, input, options)
    return spanned(
      span,
      () => this.#enqueue(definition, input, options, span),
      ({ outcome }) => outcome,
    )
  }

  async #enqueue(
    definition: AnyDefinition,
    input: unknown,
    options: EnqueueOptions | undefined,
    span?: SendSpan,
  ): Promise<Sent> {
    const made = this.#prepared(definition, input, options, span)
    const job = made instanceof Promise ? await made : made
    const around = carriedTransactions()
    const added = around.length === 0 ? await this.#batcher.add(job) : (await this.#within(around, [job]))[0]!
    if (added.outcome === 'full') throw fullQueue(job)
    return added
  }

  /** One answer an item, in order; `full` is an outcome here. All inputs are checked before the first one is written. */
  async enqueueMany(definition: AnyDefinition, inputs: Iterable<unknown>, options?: EnqueueOptions): Promise<Sent[]> {
    if (tracing.now === undefined) return this.#enqueueMany(definition, inputs, options)
    const all = [...inputs]
    const span = sendSpan('send', definition, options, all.length)
    const run = () => this.#enqueueMany(definition, all, options, span)
    return span === undefined ? run() : spanned(span, run, () => undefined)
  }

  async #enqueueMany(
    definition: AnyDefinition,
    inputs: Iterable<unknown>,
    options: EnqueueOptions | undefined,
    span?: SendSpan,
  ): Promise<Sent[]> {
    const jobs: StoredJob[] = []
    for (const input of inputs) {
      const job = this.#prepared(definition, input, options, span)
      jobs.push(job instanceof Promise ? await job : job)
    }
    const around = carriedTransactions()
    return around.length === 0 ? this.enqueueStored(jobs) : this.#within(around, jobs)
  }

  /** The stored form of a job, if the store can hold it. Throws what `enqueue` throws before anything is written. */
  async prepare(definition: AnyDefinition, input: unknown, options?: EnqueueOptions): Promise<StoredJob> {
    const span = sendSpan('create', definition, options)
    if (span === undefined) return this.#prepared(definition, input, options)
    return spanned(
      span,
      async () => this.#prepared(definition, input, options, span),
      () => undefined,
    )
  }

  /** Jobs that are in their stored form already. */
  async enqueueStored(jobs: StoredJob[]): Promise<Added[]> {
    const size = Math.min(batchMax, this.#options.driver.traits.batchMax)
    const calls: Promise<Added[]>[] = []
    for (let start = 0; start < jobs.length; start += size) calls.push(this.#write(jobs.slice(start, start + size)))
    return (await Promise.all(calls)).flat()
  }

  /** Resolves when everything handed over so far is answered. */
  idle(): Promise<void> {
    return this.#batcher.idle()
  }

  /**
   * In the caller's open transactions, innermost first: written in the one in whose database the jobs live. Where they live elsewhere,
   * into the outbox of the innermost one; without one, after its commit.
   */
  async #within(around: readonly CarriedTransaction[], jobs: StoredJob[]): Promise<Sent[]> {
    for (const transaction of around) {
      const write = this.#options.driver.join?.(transaction)
      if (write !== undefined) return this.#told(jobs, await write(jobs))
    }
    const deferred = jobs.map(({ id }): Sent => ({ outcome: 'deferred', id }))
    if (this.#options.outbox !== undefined) {
      await this.#options.outbox.put(around[0]!, jobs)
      return deferred
    }
    around[0]!.afterCommit(async () => {
      const full = (await this.enqueueStored(jobs)).find(({ outcome }) => outcome === 'full')
      if (full !== undefined) throw fullQueue(jobs[0]!)
    })
    return deferred
  }

  #prepared(
    definition: AnyDefinition,
    input: unknown,
    options: EnqueueOptions | undefined,
    span?: SendSpan,
  ): StoredJob | Promise<StoredJob> {
    const job = prepareJob(definition, input, inherited(options, definition), this.#options.env.id, {
      keys: this.#options.keys,
    })
    return job instanceof Promise
      ? job.then((late) => this.#checked(late, options, span))
      : this.#checked(job, options, span)
  }

  #checked(job: StoredJob, options: EnqueueOptions | undefined, span: SendSpan | undefined): StoredJob {
    return asFits(depart(job, options?.as, undefined, span), this.#options.driver.traits, this.#options.bodyBytesMax)
  }

  async #write(jobs: StoredJob[]): Promise<Added[]> {
    const { env, driver, enqueueTimeoutMs = defaults.enqueueTimeoutMs } = this.#options
    const untilMonoMs = env.monoMs() + enqueueTimeoutMs
    const answers = await this.#lanes.call(
      { verb: 'enqueue', timeoutMs: defaults.callTimeoutMs, untilMonoMs },
      (call) => driver.enqueue(call, jobs),
    )
    return this.#told(jobs, answers)
  }

  #told(jobs: readonly StoredJob[], answers: Added[]): Added[] {
    for (let i = 0; heard('job.enqueued') && i < jobs.length; i++) {
      const { queue, name } = jobs[i]!
      emit('job.enqueued', () => ({ queue, name, outcome: answers[i]!.outcome }))
    }
    return answers
  }
}

function fullQueue({ queue, name }: { queue: string; name: string }): FiberWorkError {
  return new FiberWorkError('FW_QUEUE_FULL', `The queue "${queue}" is full; "${name}" was not enqueued.`)
}
