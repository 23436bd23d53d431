import { afterAll, beforeAll } from 'vitest'
import type { WorkOptions } from '../../src/connect/work.ts'
import { type Client, connect, type Worker } from '../../src/index.ts'
import type { AnyHandler } from '../../src/job/definition.ts'

/** One worker with threads for all tests of a file: threads take their time to start. */
export function threadWorker(handlers: AnyHandler[], options: WorkOptions = {}): { client: Client; worker: Worker } {
  const made = {} as { client: Client; worker: Worker }
  beforeAll(async () => {
    made.client = await connect('memory:')
    made.worker = await made.client.work(handlers, { beatMs: 10, threads: 2, ...options })
  })
  afterAll(async () => {
    await made.worker?.stop({ graceMs: 0 })
    await made.client?.close()
  })
  return made
}
