import { emit } from '../base/emit.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { storage } from '../sandbox/storage.ts'

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

/**
 * An error has one owner. A stray rejection fails the job whose sandbox it carries, and the rest go on. After an uncaught
 * exception its owner is failed where the stack shows its handler, else it is a suspect and gets its attempt back; either
 * way the process is condemned. An error that carries no job is told to whoever listens; a stray exception condemns.
 */
export function installBlame(ports: BlamePorts): () => void {
  const onRejection = (error: unknown) => pin(ports, 'unhandledRejection', error)
  const onException = (error: unknown) => {
    pin(ports, 'uncaughtException', error)
    ports.condemn(error)
  }
  process.on('unhandledRejection', onRejection)
  process.on('uncaughtException', onException)
  return () => {
    process.off('unhandledRejection', onRejection)
    process.off('uncaughtException', onException)
  }
}

function pin(ports: BlamePorts, origin: 'unhandledRejection' | 'uncaughtException', error: unknown): void {
  const handle = storage.getStore()
  const fiber = handle?.fiber
  if (fiber === undefined || !ports.owns(fiber)) {
    emit('worker.stray', () => ({ worker: undefined, origin, error }))
    return
  }
  const sure = origin === 'unhandledRejection' || stackShowsHandler(error, ports.sourceOf(fiber)) ? 'owner' : 'suspect'
  const { job, attempts } = fiber.loan
  const { id, name, queue, group } = job
  emit('job.blamed', () => ({ worker: fiber.worker, id, name, queue, group, attempt: attempts, sure, origin, error }))
  ports.blame(fiber, sure === 'owner' ? owned(origin, error) : suspected(error))
}

function owned(origin: string, cause: unknown): FiberWorkError {
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

/**
 * The handler's file is on the stack, and no emitter is: a listener on a shared emitter carries whichever job emitted,
 * not the one that registered it.
 */
function stackShowsHandler(error: unknown, source: string | undefined): boolean {
  if (source === undefined || !(error instanceof Error) || typeof error.stack !== 'string') return false
  return error.stack.includes(source) && !/ \(?node:(?:events|internal\/event_target)/.test(error.stack)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
