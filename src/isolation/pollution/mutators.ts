import { type Handle, outside, storage } from '../../sandbox/storage.ts'
import { replace } from '../share.ts'
import type { Shared } from './shared.ts'

type Method = (this: unknown, ...args: unknown[]) => unknown
const adders = ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const
const removers = ['off', 'removeListener'] as const

/**
 * Wraps the calls that change the process, so that the sandbox says who called. `saw` is told of the job after each call of one.
 * Answers the undo.
 */
export function wrapMutators({ directory, mask, listeners }: Shared, saw: (by: Handle) => void): () => void {
  const target = process as unknown as Record<string, Method>
  const tell = (by: Handle | undefined) => by !== undefined && saw(by)
  const undo = [
    replace(target, 'chdir', (chdir) => (folder) => {
      chdir.call(process, folder)
      directory.touched(storage.getStore())
      tell(storage.getStore())
    }),
    replace(target, 'umask', (umask) => (...args) => {
      const before = umask.apply(process, args)
      if (args[0] === undefined) return before
      mask.touched(before as number, maskOf(args[0]), storage.getStore())
      tell(storage.getStore())
      return before
    }),
    ...adders.map((name) =>
      replace(target, name, (add) => (event, listener) => {
        const by = storage.getStore()
        if (by !== undefined) listeners.touched(listener, by)
        // The first listener for a signal makes a handle of Node's, which would keep the job's sandbox for ever.
        outside(() => add.call(process, event, listener))
        if (by === undefined) listeners.accept(event as string)
        tell(by)
        return process
      }),
    ),
    ...removers.map((name) =>
      replace(target, name, (remove) => (event, listener) => {
        const by = storage.getStore()
        if (by !== undefined) listeners.touched(listener, by)
        remove.call(process, event, listener)
        if (by === undefined) listeners.accept(event as string)
        tell(by)
        return process
      }),
    ),
    replace(target, 'removeAllListeners', (removeAll) => (...args) => {
      const by = storage.getStore()
      const events = args.length === 0 ? process.eventNames() : [args[0] as string]
      if (by !== undefined) for (const event of events) listeners.touchedAll(event, by)
      removeAll.apply(process, args)
      if (by === undefined) for (const event of events) listeners.accept(event)
      tell(by)
      return process
    }),
  ]
  return () => {
    for (const release of undo.toReversed()) release()
  }
}

/** As Node reads it: a number, or octal digits. */
function maskOf(mask: unknown): number {
  return typeof mask === 'string' ? Number.parseInt(mask, 8) : Number(mask)
}
