import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { peekFiber } from '../sandbox/storage.ts'

/**
 * `process.exit`, `process.abort` and `process.kill` of the process itself, called by a job, fail the job and not the
 * worker. The call throws, and the job is blamed as well, so that a `catch {}` around it does not hide it.
 */
export function trapExit(blame: (fiber: Fiber, error: FiberWorkError) => void): () => void {
  const original = { exit: process.exit, abort: process.abort, kill: process.kill }
  const refuse = (call: string): void => {
    const fiber = peekFiber()
    if (fiber === undefined) return
    const error = new FiberWorkError(
      'FW_HANDLER_EXIT',
      `The handler called ${call}; the job failed, the worker goes on.`,
    )
    blame(fiber, error)
    throw error
  }
  process.exit = (code) => {
    refuse(`process.exit(${code ?? ''})`)
    return original.exit.call(process, code)
  }
  process.abort = () => {
    refuse('process.abort()')
    return original.abort.call(process)
  }
  process.kill = (pid, signal) => {
    if (pid === process.pid && signal !== 0) refuse(`process.kill(${pid}, ${signal ?? 'SIGTERM'})`)
    return original.kill.call(process, pid, signal)
  }
  return () => {
    process.exit = original.exit
    process.abort = original.abort
    process.kill = original.kill
  }
}
