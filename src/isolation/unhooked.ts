import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'
import { storage } from '../sandbox/storage.ts'
import type { OnMade } from './hook.ts'
import type { Kind } from './things.ts'

type AnyListener = (...args: unknown[]) => void
/** Any of them: the types of `process` want to know which. */
type AnyEvent = 'exit'

/** A listener that a job has put on the process. */
class ProcessListener {
  readonly event: string | symbol
  readonly listener: AnyListener

  constructor(event: string | symbol, listener: AnyListener) {
    this.event = event
    this.listener = listener
  }
}

const listenerKind: Kind = {
  kind: 'listener',
  alive: ({ event, listener }: ProcessListener) => process.listeners(event as AnyEvent).includes(listener),
  text: ({ event }: ProcessListener) => `a listener on process (${String(event)})`,
  close: ({ event, listener }: ProcessListener) => process.off(event as AnyEvent, listener),
}

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

/** A note lives as long as its listener does: only then a weak reference to it tells the truth. */
const notes = new WeakMap<AnyListener, ProcessListener[]>()

/**
 * What Node tells of by itself, also when no hook is on: listeners that are put on the process, and threads. It costs nothing but
 * then. Answers the end of it.
 */
export function followUnhooked(onMade: OnMade): () => void {
  const onListener = (event: string | symbol, listener: AnyListener): void => {
    const handle = storage.getStore()
    if (handle === undefined) return
    const note = new ProcessListener(event, listener)
    notes.set(listener, [...(notes.get(listener) ?? []), note])
    onMade(handle, listenerKind, note, onListener)
  }
  const onThread = (message: unknown): void => {
    const handle = storage.getStore()
    if (handle !== undefined) onMade(handle, threadKind, (message as { worker: Worker }).worker, onThread)
  }
  process.on('newListener', onListener)
  subscribe('worker_threads', onThread)
  return () => {
    process.off('newListener', onListener)
    unsubscribe('worker_threads', onThread)
  }
}
