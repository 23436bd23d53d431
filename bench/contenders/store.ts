import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The store that ours works on: the Redis of the bench, memory, or a SQLite file of its own; disposing removes the file. */
export function storeOf({ store, redis }: { store: string; redis: string }): Disposable & { url: string } {
  if (store === 'redis') return { url: redis, [Symbol.dispose]() {} }
  if (store === 'memory') return { url: 'memory:', [Symbol.dispose]() {} }
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
  return { url: `sqlite:${join(folder, 'jobs.db')}`, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

/** The producer is another process, as it is in life: what it needed is neither the worker's time nor its memory. */
export function produceElsewhere(given: object, enqueueTo: string): void {
  const again = [process.argv[1]!, JSON.stringify({ ...given, enqueueTo })]
  execFileSync(process.execPath, again, { stdio: ['ignore', 'ignore', 'inherit'] })
}
