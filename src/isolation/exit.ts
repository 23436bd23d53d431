import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { storage } from '../sandbox/storage.ts'
import { replace, share } from './share.ts'

type Blame = (fiber: Fiber, error: FiberWorkError) => void
type Method = (this: unknown, ...args: unknown[]) => unknown

/** Events by which a process is told to end. Not `exit` and `beforeExit`, which Node emits in whatever context ran last. */
const endings = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'disconnect'])

/**
 * What ends the process, called by a job, fails the job and not the worker: `process.exit`, `abort`, `reallyExit`, a `kill` that reaches
 * ourselves or our supervisor, an emitted signal, a cut of the line to the supervisor. The call throws, and the job is blamed as well, so
 * that a `catch {}` around it does not hide it. What a job left behind is refused too, and has nobody left to fail.
 */
export const trapExit = share<Blame>((workers) => {
  const refuse = (call: string): void => {
    const handle = storage.getStore()
    if (handle === undefined) return
    const error = new FiberWorkError(
      'FW_HANDLER_EXIT',
      `The handler called ${call}; the job failed, the worker goes on.`,
    )
    if (handle.fiber !== undefined) for (const blame of workers) blame(handle.fiber, error)
    throw error
  }
  const target = process as unknown as Record<string, Method | undefined>
  const trap = (name: string, callOf: (...args: unknown[]) => string | undefined) =>
    replace(
      target,
      name,
      (original) =>
        original &&
        ((...args) => {
          const call = callOf(...args)
          if (call !== undefined) refuse(call)
          return original.apply(process, args)
        }),
    )
  const undo = [
    trap('exit', (code) => `process.exit(${code === undefined ? '' : String(code)})`),
    trap('reallyExit', (code) => `process.reallyExit(${code === undefined ? '' : String(code)})`),
    trap('abort', () => 'process.abort()'),
    trap('kill', (pid, signal) =>
      isFatal(pid, signal) ? `process.kill(${String(pid)}, ${String(signal ?? 'SIGTERM')})` : undefined,
    ),
    trap('emit', (event) => (endings.has(event as string) ? `process.emit(${String(event)})` : undefined)),
    ...(process.disconnect === undefined ? [] : [trap('disconnect', () => 'process.disconnect()')]),
  ]
  return () => {
    for (const release of undo.toReversed()) release()
  }
})

/** Would it reach this process, or the one that supervises it? A negative number means a group, 0 our own, −1 everybody. */
function isFatal(pid: unknown, signal: unknown): boolean {
  if (signal === 0) return false
  const whom = Math.abs(Number(pid))
  return whom === process.pid || whom === process.ppid || whom === 0 || Number(pid) === -1
}
