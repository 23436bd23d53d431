import { FiberWorkError } from '../contract/errors.ts'

const key = Symbol.for('fiber-work.lane-thread')

/** What is known of this thread: whether it is one of the lane's, and which file of jobs it imports right now. */
interface LaneThread {
  is: boolean
  importing: string | undefined
}

/** One for the thread, also when two copies of the package are loaded. */
export const laneThread: LaneThread = ((globalThis as { [key]?: LaneThread })[key] ??= {
  is: false,
  importing: undefined,
})

/** A worker inside a thread of the lane would take jobs beside the one that the thread belongs to. Throws `FW_THREAD_HANDLER`. */
export function refuseInThread(what: string): void {
  if (!laneThread.is) return
  throw refusal(what, laneThread.importing)
}

/** A file of jobs that is imported once more must do nothing but define them. Throws `FW_THREAD_HANDLER`. */
export function refuseInImport(what: string): void {
  if (laneThread.importing !== undefined) throw refusal(what, laneThread.importing)
}

function refusal(what: string, file: string | undefined): FiberWorkError {
  const where = file === undefined ? 'A thread of the thread lane' : `${file}, imported by a thread for its handlers,`
  return new FiberWorkError(
    'FW_THREAD_HANDLER',
    `${where} called ${what}. Define the handlers of \`lane: 'thread'\` in a file that only defines jobs, or do the rest under \`if (isMainThread)\` of node:worker_threads.`,
  )
}
