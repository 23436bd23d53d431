import { type Env, sleep } from '../../base/env.ts'
import type { Client } from '../../connect/client.ts'
import type { JobFilter } from '../../contract/inspector.ts'
import type { BulkAction } from './task.ts'

const batchMax = 500
const readMax = 20_000
/** With a rate: so many times a second. */
const beatsPerSecond = 10

export interface BulkRun {
  env: Env
  client: Client
  action: BulkAction
  filter: JobFilter
  ratePerSecond: number | undefined
  signal: AbortSignal
  acted: (outcomes: readonly string[]) => void
}

/**
 * Acts on all jobs that a filter means, newest first, page by page. Jobs that come while it runs are not followed: the search goes from
 * the newest of the beginning to the oldest.
 */
export async function runBulk(run: BulkRun): Promise<void> {
  if (isWholeStates(run)) return purge(run)
  const { client, filter, action, signal } = run
  const pace = paceOf(run)
  for (let cursor: string | undefined; ;) {
    const page = await client.list(filter, { limit: batchMax, readMax, ...(cursor !== undefined && { cursor }) })
    const ids = page.jobs.map(({ job }) => job.id)
    for (let at = 0; at < ids.length; at += pace.batch) {
      if (signal.aborted) return
      const batch = ids.slice(at, at + pace.batch)
      run.acted(await client[action](batch))
      await pace.after(batch.length)
    }
    if (page.cursor === undefined || signal.aborted) return
    cursor = page.cursor
  }
}

/** A queue's jobs in certain states need not be looked for. */
function isWholeStates({ action, filter }: BulkRun): boolean {
  const { queue, states, ...others } = filter
  return action === 'remove' && queue !== undefined && states !== undefined && Object.keys(others).length === 0
}

async function purge(run: BulkRun): Promise<void> {
  const { client, filter, signal } = run
  const pace = paceOf(run)
  for (let more = true; more && !signal.aborted;) {
    const step = await client.driver.inspector!.purge(filter.queue!, filter.states!, pace.batch)
    run.acted(Array.from({ length: step.removed }, () => 'removed'))
    more = step.more
    await pace.after(step.removed)
  }
}

/** Batches so small that the rate holds within a second, and the pause after each. */
function paceOf({ env, ratePerSecond, signal }: BulkRun) {
  if (ratePerSecond === undefined) return { batch: batchMax, after: async () => {} }
  let dueMonoMs = env.monoMs()
  return {
    batch: Math.max(1, Math.min(batchMax, Math.floor(ratePerSecond / beatsPerSecond))),
    async after(count: number) {
      dueMonoMs = Math.max(dueMonoMs, env.monoMs() - 1_000) + (count * 1_000) / ratePerSecond
      await sleep(env, Math.max(0, dueMonoMs - env.monoMs()), signal)
    },
  }
}
