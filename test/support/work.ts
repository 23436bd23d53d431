import { onTestFinished } from 'vitest'
import { on } from '../../src/base/emit.ts'
import type { WorkOptions } from '../../src/connect/work.ts'
import type { EventName, Events } from '../../src/contract/events.ts'
import { type Client, connect, type ConnectOptions, defineJob, type JobContext, type Worker } from '../../src/index.ts'
import type { AnyHandler } from '../../src/job/definition.ts'

/** A client and a worker on a store of their own, gone when the test has finished. */
export async function working(
  handlers: AnyHandler[],
  options: WorkOptions & { url?: string; connect?: ConnectOptions } = {},
): Promise<{ client: Client; worker: Worker }> {
  const { url = 'memory:', connect: connectOptions, ...workOptions } = options
  const client = await connect(url, connectOptions)
  const worker = await client.work(handlers, { beatMs: 10, graceMs: 200, ...workOptions })
  onTestFinished(async () => {
    await worker.stop({ graceMs: 0 })
    await client.close()
  })
  return { client, worker }
}

/** Runs a handler once, with a worker of its own; answers what it returned. */
export async function inJob<R>(
  run: (job: JobContext) => R,
  options: { tenant?: string; timeoutMs?: number } = {},
): Promise<Awaited<R>> {
  const kept: { value?: Awaited<R> } = {}
  const job = defineJob('one', { attempts: 1, ...options }, async (_, job) => {
    kept.value = await run(job)
  })
  const { client } = await working([job])
  await (await client.enqueue(job)).result()
  return kept.value!
}

/** The events of one kind since now. */
export function heard<E extends EventName>(event: E): Events[E][] {
  const events: Events[E][] = []
  onTestFinished(on(event, (payload) => void events.push(payload)))
  return events
}

/** Waits for something to become true, looking again each turn; fails after ten seconds. */
export async function until(what: () => unknown): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    if (await what()) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`It did not become true: ${what.toString()}`)
}

/** A promise with its hands: open gates let handlers go on. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
