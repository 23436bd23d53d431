import { emit } from '../base/emit.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { boundThrower } from '../sandbox/bind.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { labelOf, labelOfHandle } from '../sandbox/label.ts'
import { type Handle, outside, storage } from '../sandbox/storage.ts'
import { share } from './share.ts'
import { isThrownBy } from './thrower.ts'

export interface BlamePorts {
  /** Fail this running job. */
  blame: (fiber: Fiber, error: FiberWorkError) => void
  /** After an uncaught exception nobody knows what is broken: stop claiming, drain, restart. */
  condemn: (error: unknown) => void
  /** Does the running fiber belong to this worker? Another worker in the process takes care of its own. */
  owns: (fiber: Fiber) => boolean
  /** The file that the fiber's handler is defined in, where that is known. */
  sourceOf: (fiber: Fiber) => string | undefined
}

type Origin = 'unhandledRejection' | 'uncaughtException'

/**
 * An error has one owner. A stray rejection fails the job whose sandbox it carries, and the rest go on. After an uncaught
 * exception its owner is failed where the stack shows its handler, else it is a suspect and gets its attempt back; either
 * way the process is condemned. An error that carries no running job is told to whoever listens, with the name of the job that
 * left it behind, if one did; a stray exception condemns.
 */
export const installBlame = share<BlamePorts>((workers) => {
  /** Whose the rejections are that were pinned. The promise keeps the note, not the note the promise. */
  const pinned = new WeakMap<Promise<unknown>, Handle>()
  const onRejection = (error: unknown, promise: Promise<unknown>) => {
    const handle = storage.getStore()
    if (pin(workers, 'unhandledRejection', error) && handle !== undefined) pinned.set(promise, handle)
  }
  const onHandled = (promise: Promise<unknown>) => {
    const handle = pinned.get(promise)
    const job = handle === undefined ? undefined : labelOfHandle(handle)
    // It is handled: asking what it was rejected with disturbs nobody.
    if (job !== undefined) promise.catch((error: unknown) => emit('job.handledLate', () => ({ ...job, error })))
  }
  const onException = (error: unknown) => {
    pin(workers, 'uncaughtException', error)
    // Whatever the end of the worker starts, belongs to no job.
    for (const { condemn } of workers) outside(() => condemn(error))
  }
  process.on('unhandledRejection', onRejection)
  process.on('rejectionHandled', onHandled)
  process.on('uncaughtException', onException)
  return () => {
    process.off('unhandledRejection', onRejection)
    process.off('rejectionHandled', onHandled)
    process.off('uncaughtException', onException)
  }
})

/** Answers whether a job of ours was found. */
function pin(workers: ReadonlySet<BlamePorts>, origin: Origin, error: unknown): boolean {
  const bound = origin === 'uncaughtException' ? boundThrower(error) : undefined
  const handle = bound ?? storage.getStore()
  const fiber = handle?.fiber
  const worker = fiber === undefined ? undefined : [...workers].find(({ owns }) => owns(fiber))
  if (fiber === undefined || worker === undefined) {
    const job = handle === undefined ? undefined : labelOfHandle(handle)
    emit('worker.stray', () => ({ worker: undefined, origin, error, ...(job !== undefined && { job }) }))
    return false
  }
  const isOwner = origin === 'unhandledRejection' || bound !== undefined || isThrownBy(worker.sourceOf(fiber), error)
  emit('job.blamed', () => ({ ...labelOf(fiber), sure: isOwner ? 'owner' : 'suspect', origin, error }))
  worker.blame(fiber, isOwner ? owned(origin, error) : suspected(error))
  return true
}

function owned(origin: Origin, cause: unknown): FiberWorkError {
  return new FiberWorkError(
    'FW_STRAY_ERROR',
    `An error that nobody awaited came from this job (${origin}): ${messageOf(cause)}`,
    { cause },
  )
}

function suspected(cause: unknown): FiberWorkError {
  return new FiberWorkError(
    'FW_SUSPECT',
    `The process must restart after an uncaught exception near this job: ${messageOf(cause)}`,
    { cause },
  )
}

/** Whatever was thrown; a message that cannot be read must not become the next uncaught exception. */
function messageOf(error: unknown): string {
  try {
    const message = error instanceof Error ? error.message : String(error)
    if (!(error instanceof AggregateError)) return message
    const parts = error.errors.slice(0, 3).map(messageOf).join('; ')
    return message === '' ? parts : `${message} (${parts})`
  } catch {
    return 'an error that cannot be read'
  }
}
