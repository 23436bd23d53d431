import { emit } from '../base/emit.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { jobEvent } from '../engine/events.ts'
import { trapExit } from '../isolation/exit.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { outside, peekFiber } from '../sandbox/storage.ts'

/** The job that a thread runs now, and how it is failed from outside its handler. */
export interface Running {
  fiber: Fiber
  blame: (error: FiberWorkError) => void
}

/**
 * A thread has one job, so that whatever goes wrong in it has its owner: a stray rejection, an exit, an uncaught exception fails the
 * job that runs. After an exception the thread ends. What a job left behind in its thread, and raises after its end, is told; if
 * it takes the thread along, the job that runs there by then gets its attempt back.
 */
export function guardThread(running: () => Running | undefined): void {
  const exit = process.exit.bind(process)
  process.on('unhandledRejection', (error) => pin(running(), 'unhandledRejection', error))
  process.on('uncaughtException', (error) => {
    pin(running(), 'uncaughtException', error)
    // Not in the job's name: there it would be trapped.
    outside(() => exit(1))
  })
  trapExit((fiber, error) => {
    const now = running()
    if (now?.fiber === fiber) now.blame(error)
  })
}

function pin(running: Running | undefined, origin: 'unhandledRejection' | 'uncaughtException', error: unknown): void {
  if (running !== undefined && peekFiber() === running.fiber) {
    emit('job.blamed', () => ({ ...jobEvent(running.fiber), sure: 'owner', origin, error }))
    running.blame(stray(origin, error))
    return
  }
  emit('worker.stray', () => ({ worker: running?.fiber.worker, origin, error }))
  if (origin === 'uncaughtException') running?.blame(innocent(error))
}

function stray(origin: string, cause: unknown): FiberWorkError {
  const message = `An error that nobody awaited came from this job (${origin}): ${messageOf(cause)}`
  return new FiberWorkError('FW_STRAY_ERROR', message, { cause })
}

function innocent(cause: unknown): FiberWorkError {
  const message = `Its thread ended after an uncaught exception that is not of this job: ${messageOf(cause)}`
  return new FiberWorkError('FW_SUSPECT', message, { cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
