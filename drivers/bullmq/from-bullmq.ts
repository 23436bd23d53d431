import type { BackoffStrategy, Job, Processor } from 'bullmq'
import { FiberWorkError } from '../../src/contract/index.ts'
import { shown } from '../../src/job/check.ts'
import type { JobContext } from '../../src/job/context.ts'
import { GiveUp, RetryIn, Snooze } from '../../src/job/control.ts'
import { callerFile, defineJob, type Handler } from '../../src/job/definition.ts'
import type { Classified, JobOptions } from '../../src/job/options.ts'
import { unchecked } from '../../src/job/schema.ts'
import { peekFiber } from '../../src/sandbox/storage.ts'
import { allLoans, type Loan } from './loans.ts'
import { standIn } from './stand-in.ts'

/** Options of the definition that is made; retries, priorities and retention are said by BullMQ's producers, a job each. */
export interface FromBullMQOptions extends Pick<JobOptions<unknown, unknown>, 'stuckMs' | 'use'> {
  /** An attempt may take this long. BullMQ knows no such limit, and the default is none: `false`. */
  timeoutMs?: number | false
  /** As in the options of a BullMQ worker: what a `backoff` of any type but `fixed` and `exponential` means. */
  settings?: { backoffStrategy?: BackoffStrategy }
}

/** Options of a BullMQ worker, and where what they say is said here. */
const elsewhere: Record<string, string> = {
  connection: 'the URL says where Redis is: --url bullmq+redis://host:6379/0',
  prefix: 'it belongs in the URL: bullmq+redis://host:6379/0?prefix=mine',
  concurrency: 'it belongs to the worker: --concurrency, or client.work(handlers, { concurrency })',
  limiter: 'set it in the store, where it binds every worker: await queue.setGlobalRateLimit(max, duration)',
  lockDuration: 'it is the lease: --lease, or connect(url, { leaseMs })',
  removeOnComplete: 'say it with the job, or as defaultJobOptions of the producer’s queue',
  removeOnFail: 'say it with the job, or as defaultJobOptions of the producer’s queue',
  useWorkerThreads: 'the processor runs in the worker’s own process; import the function',
}
const known = ['timeoutMs', 'stuckMs', 'use', 'settings']

/**
 * A processor of a BullMQ worker as a handler. It gets every job of the queue, whatever its name, and for a job of a BullMQ queue
 * the very `Job` that BullMQ gives its own workers; on another store one that stands in for it. `fromBullMQ(queue, processor)` takes
 * the place of `new Worker(queue, processor, { connection })`.
 *
 * `UnrecoverableError`, `DelayedError`, `WaitingError`, `WaitingChildrenError` and `RateLimitError` mean what they mean to BullMQ.
 *
 * @throws FW_JOB_INVALID for options that are said elsewhere, and for a file as processor; FW_NAME_INVALID
 */
export function fromBullMQ<
  // oxlint-disable-next-line typescript/no-explicit-any -- as BullMQ's own Worker: a processor that says nothing of its data
  Data = any,
  // oxlint-disable-next-line typescript/no-explicit-any
  Result = any,
  Name extends string = string,
>(
  queue: string,
  processor: Processor<Data, Result, Name>,
  options: FromBullMQOptions = {},
): Handler<Data, Data, Awaited<Result>> {
  check(queue, processor, options)
  const { settings, ...rest } = options
  const strategy = settings?.backoffStrategy
  const handler = defineJob<Data, Data, Result>(
    queue,
    {
      input: unchecked<Data>(),
      queue,
      timeoutMs: false,
      ...(strategy !== undefined && { onError: (error: unknown) => backedOff(strategy, error) }),
      ...rest,
    },
    (data, context) => run(processor, data, context),
  )
  return Object.freeze({ ...handler, source: callerFile(import.meta.filename), takesOtherNames: true })
}

async function run<Data, Result, Name extends string>(
  processor: Processor<Data, Result, Name>,
  data: Data,
  context: JobContext,
): Promise<Result> {
  const loan = currentLoan()
  const job = (loan?.job ?? standIn(data, context)) as Job<Data, Result, Name>
  try {
    // BullMQ too looks whether the processor takes a signal; one that was never asked for costs nothing.
    return await processor(job, loan?.token, processor.length >= 3 ? context.signal : undefined)
  } catch (error) {
    throw await inOurWords(error, loan)
  }
}

/** What a processor throws to say more than that it failed: BullMQ knows its own errors by their names, and so do we. */
async function inOurWords(error: unknown, loan: Loan | undefined): Promise<unknown> {
  const name = error instanceof Error ? error.name : ''
  const message = error instanceof Error ? error.message : ''
  if (loan === undefined) return name === 'UnrecoverableError' ? new GiveUp(message, { cause: error }) : error
  switch (name) {
    case 'DelayedError':
    case 'WaitingError':
    case 'WaitingChildrenError':
      // The processor has moved the job itself, with its token, before it threw.
      loan.moved = true
      return new Snooze(0, message)
    case 'RateLimitError':
      return new Snooze(Math.max(0, await loan.limitedMs()), message)
    case 'UnrecoverableError':
      loan.thrown = { error }
      return new GiveUp(message, { cause: error })
    default:
      loan.thrown = { error }
      return error
  }
}

/** Only for the strategies that BullMQ does not know itself. -1 is its word for: not again. */
async function backedOff(strategy: BackoffStrategy, error: unknown): Promise<Classified> {
  const job = currentLoan()?.job
  const backoff = job?.opts.backoff
  if (typeof backoff !== 'object' || backoff.type === 'fixed' || backoff.type === 'exponential') return undefined
  const thrown = error instanceof Error ? error : new Error(String(error))
  const delayMs = await strategy((job?.attemptsMade ?? 0) + 1, backoff.type, thrown, job)
  return delayMs === -1 ? 'dead' : new RetryIn(delayMs, thrown.message, { cause: error })
}

function currentLoan(): Loan | undefined {
  const receipt = peekFiber()?.loan.receipt
  return receipt === undefined ? undefined : allLoans.get(receipt)
}

function check(queue: string, processor: unknown, options: object): void {
  const where = `fromBullMQ(${shown(queue)})`
  if (typeof processor !== 'function') {
    throw new FiberWorkError(
      'FW_JOB_INVALID',
      `${where} takes a function, not ${shown(processor)}: import the processor of that file.`,
    )
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const hint = elsewhere[name] ?? `known are ${known.join(', ')}`
    throw new FiberWorkError('FW_JOB_INVALID', `${where}: \`${name}\` is no option here; ${hint}.`)
  }
}
