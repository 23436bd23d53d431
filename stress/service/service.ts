import { type ChildProcess, fork } from 'node:child_process'
import { siblingScript } from './sibling.ts'
import type { FromService, ServiceOptions, ServiceStats } from './protocol.ts'

/** The slow HTTP service, in a process of its own on 127.0.0.1. */
export interface SlowService extends AsyncDisposable {
  /** `http://127.0.0.1:40001`, one a port. */
  readonly origins: readonly string[]
  stats(): Promise<ServiceStats>
  /** Ends the process at once, whoever is connected. Idempotent. */
  stop(): Promise<void>
  /** The same without waiting, for when this process is exiting. */
  kill(): void
}

/** Start it; rejects when it cannot listen. It ends with this process, whatever way that ends. */
export async function startService(options: ServiceOptions): Promise<SlowService> {
  const child = fork(siblingScript(import.meta.url, 'service.child'), [JSON.stringify(options)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const first = await answer(child, exited)
  if (!('ports' in first)) {
    child.kill('SIGKILL')
    throw new Error(`The slow service could not start: ${'failed' in first ? first.failed : 'it ended'}`)
  }
  const kill = () => void child.kill('SIGKILL')
  const stop = async () => {
    kill()
    await exited
  }
  return {
    origins: first.ports.map((port) => `http://127.0.0.1:${port}`),
    async stats() {
      const answered = answer(child, exited)
      child.send({ ask: 'stats' })
      const found = await answered
      if ('stats' in found) return found.stats
      throw new Error('The slow service did not answer.')
    },
    stop,
    kill,
    [Symbol.asyncDispose]: stop,
  }
}

function answer(child: ChildProcess, exited: Promise<void>): Promise<FromService> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(message as FromService))
    child.once('error', (error) => resolve({ failed: String(error) }))
    void exited.then(() => resolve({ failed: 'it ended by itself' }))
  })
}
