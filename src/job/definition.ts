import { FiberWorkError } from '../contract/errors.ts'
import { checkOptions, shown } from './check.ts'
import type { JobContext } from './context.ts'
import { checkName } from './names.ts'
import { type JobOptions, jobOptionsTable } from './options.ts'
import type { Queue } from './queue.ts'

/** The arguments after the definition: the input may be left out when it may be undefined. */
export type Inputs<In, Options> = undefined extends In
  ? [input?: In, options?: Options]
  : [input: In, options?: Options]

export type Run<Data, Result> = (data: Data, job: JobContext) => Result | Promise<Result>

/** A job's name, schema and options: what a producer needs. `.handle(fn)` makes it a handler. */
export interface Definition<In = unknown, Data = In, Result = unknown> {
  readonly name: string
  readonly queue: Queue
  readonly options: JobOptions<In, Data>
  /** The file that defined it, where the stack tells: stray errors are pinned with it. */
  readonly source: string | undefined
  handle<R>(run: Run<Data, R>): Handler<In, Data, Awaited<R>>
  /** Types only: what the handler returns. */
  readonly '~result'?: Result
}

/** A definition with the function that does the work: what a worker needs. */
export interface Handler<In = unknown, Data = In, Result = unknown> extends Definition<In, Data, Result> {
  readonly run: Run<Data, Result>
  /** It also gets the jobs of its queue that no handler of this build names: queues of others, in which names are free. */
  readonly takesOtherNames?: boolean
}

/** Marks a function that must not run on the event loop. */
export const onlyInThreads: unique symbol = Symbol.for('fiber-work.only-in-threads') as never
export interface OnlyInThreads {
  readonly [onlyInThreads]: true
}

/** A thread of the lane is told of every handler that a file makes, exported or not. */
export const made: { listener: ((handler: AnyHandler) => void) | undefined } = { listener: undefined }

/** Any definition or handler, when its types do not matter. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyDefinition = Definition<any, any, any>
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyHandler = Handler<any, any, any>

/**
 * Define a job. With a function it is a handler; without one it is a definition that a producer may import without the
 * handler's world. Types of input, data and result are inferred. Throws `FW_NAME_INVALID`, `FW_JOB_INVALID`.
 */
export function defineJob<In = undefined, Data = In, R = unknown>(
  name: string,
  options: JobOptions<In, Data>,
  run: Run<Data, R>,
): Handler<In, Data, Awaited<R>>
export function defineJob<In = undefined, Data = In>(name: string, options: JobOptions<In, Data>): Definition<In, Data>
export function defineJob<In, Data, R>(
  name: string,
  options: JobOptions<In, Data>,
  run?: Run<Data, R>,
): Definition<In, Data> | Handler<In, Data, Awaited<R>> {
  checkName('job', name)
  checkOptions(`defineJob("${name}")`, options, jobOptionsTable)
  const definition = makeDefinition(name, options)
  return run === undefined ? definition : definition.handle(run)
}

function makeDefinition<In, Data>(name: string, options: JobOptions<In, Data>): Definition<In, Data> {
  const queue: Queue =
    typeof options.queue === 'object' ? options.queue : { name: options.queue ?? 'default', options: {} }
  checkName('queue', queue.name)
  if (options.memoryMbMax !== undefined && options.lane !== 'thread') {
    throw new FiberWorkError(
      'FW_JOB_INVALID',
      `\`memoryMbMax\` of "${name}" needs \`lane: 'thread'\`: only a thread has a heap of its own.`,
    )
  }
  const definition = {
    name,
    queue,
    options,
    source: callerFile(),
    handle<R>(run: Run<Data, R>): Handler<In, Data, Awaited<R>> {
      if (typeof run !== 'function') {
        throw new FiberWorkError('FW_JOB_INVALID', `The handler of "${name}" must be a function, not ${shown(run)}.`)
      }
      if ((run as Partial<OnlyInThreads>)[onlyInThreads] === true && options.lane !== 'thread') {
        throw new FiberWorkError(
          'FW_JOB_INVALID',
          `The handler of "${name}" runs only in a thread: add \`lane: 'thread'\`.`,
        )
      }
      const handler = Object.freeze({ ...definition, source: callerFile() ?? definition.source, run })
      made.listener?.(handler)
      return handler as Handler<In, Data, Awaited<R>>
    },
  }
  return Object.freeze(definition)
}

/** The file that called into this one, through `inner` if that is given. */
export function callerFile(inner = import.meta.filename): string | undefined {
  const frames = new Error().stack?.split('\n').slice(1) ?? []
  const ours = [import.meta.filename, inner, 'node:internal']
  const outer = frames.find((frame) => ours.every((file) => !frame.includes(file)))
  return outer?.match(/(?:\(|at )(?:async )?(?:file:\/\/)?(\/?[^()]+?):\d+:\d+\)?$/)?.[1]
}

/** True for what `defineJob` with a function, or `.handle`, gave: also by a second copy of the package. */
export function isHandler(value: unknown): value is AnyHandler {
  return isDefinition(value) && typeof (value as Partial<AnyHandler>).run === 'function'
}

export function isDefinition(value: unknown): value is AnyDefinition {
  return typeof value === 'object' && value !== null && 'handle' in value && 'queue' in value && 'name' in value
}
