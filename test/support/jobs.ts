import { type Env, systemEnv } from '../../src/base/env.ts'
import { defineJob, type JobContext, unchecked } from '../../src/index.ts'
import { working } from './work.ts'

/** Runs one job for each of the functions, all at once; answers what they answered. */
export async function inJobs<R>(
  runs: ((job: JobContext) => R)[],
  { tenants, timeoutMs = 60_000 }: { tenants?: string[]; timeoutMs?: number } = {},
): Promise<Awaited<R>[]> {
  const kept: Awaited<R>[] = []
  const job = defineJob('one', { input: unchecked<number>(), attempts: 1, timeoutMs }, async (n, job) => {
    kept[n] = await runs[n]!(job)
  })
  const { client } = await working([job])
  const options = (n: number) => (tenants === undefined ? {} : { tenant: tenants[n]! })
  const sent = await Promise.all(runs.map((_, n) => client.enqueue(job, n, options(n))))
  await Promise.all(sent.map((one) => one.result()))
  return kept
}

/** A clock that stands still until it is moved on; timers are real. */
export function stillClock(): Env & { skip: (ms: number) => void } {
  let skippedMs = 0
  const nowMs = () => 1e12 + skippedMs
  return { ...systemEnv, monoMs: () => skippedMs, nowMs, skip: (ms) => void (skippedMs += ms) }
}
