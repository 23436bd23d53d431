import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'
import { storage } from '../sandbox/storage.ts'
import type { OnMade } from './hook.ts'
import type { Kind } from './things.ts'

/** -1 when it has ended; one that does not keep the process alive waits in somebody's pool. */
const threadKind: Kind = {
  kind: 'thread',
  alive: (thread: Worker) => thread.threadId !== -1 && nativeOf(thread)?.hasRef?.() !== false,
  text: ({ threadId }: Worker) => `a worker thread (${threadId})`,
  close: (thread: Worker) => thread.terminate(),
}

function nativeOf(thread: Worker): { hasRef?(): boolean } | undefined {
  const key = Object.getOwnPropertySymbols(thread).find(({ description }) => description === 'kHandle')
  return key === undefined ? undefined : (thread as unknown as Record<symbol, { hasRef?(): boolean }>)[key]
}

/**
 * What Node tells of by itself, also when no hook is on: threads. It costs nothing but then. Listeners on the process are the
 * pollution guard's business. Answers the end of it.
 */
export function followUnhooked(onMade: OnMade): () => void {
  const onThread = (message: unknown): void => {
    const handle = storage.getStore()
    if (handle !== undefined) onMade(handle, threadKind, (message as { worker: Worker }).worker, onThread)
  }
  subscribe('worker_threads', onThread)
  return () => void unsubscribe('worker_threads', onThread)
}
