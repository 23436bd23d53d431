import { Worker } from 'node:worker_threads'

/** A commit takes about this long where the store is near. */
const commitUsMax = 1_500

/** Ends this process the hard way, as a crash does: no handler, no `finally`, no flush. */
export function killNow(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  // The signal may take a moment: nothing more is done in it.
  return new Promise(() => {})
}

/** A thread that kills the process a little after it was told to: also while the main thread is inside a call that does not return. */
export class KillerThread {
  readonly #flag = new Int32Array(new SharedArrayBuffer(4))

  /** Resolves when the thread waits. */
  static async start(random: () => number): Promise<KillerThread> {
    const killer = new KillerThread()
    const delayUs = Math.floor(random() * commitUsMax)
    const worker = new Worker(code, { eval: true, workerData: { flag: killer.#flag, delayUs } })
    worker.unref()
    await new Promise((resolve) => worker.once('message', resolve))
    return killer
  }

  tell(): void {
    Atomics.store(this.#flag, 0, 1)
    Atomics.notify(this.#flag, 0)
  }
}

const code = `
const { parentPort, workerData } = require('node:worker_threads')
parentPort.postMessage('waiting')
Atomics.wait(workerData.flag, 0, 0)
const until = process.hrtime.bigint() + BigInt(workerData.delayUs) * 1000n
while (process.hrtime.bigint() < until);
process.kill(process.pid, 'SIGKILL')
`
