import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { JobContext } from '../../src/job/context.ts'
import { defineJob, type Handler } from '../../src/job/definition.ts'
import { type Ending, machineMs, type Recorder } from '../history/events.ts'

export const queue = 'chaos'

const input = z.object({
  /** How long it takes, where the service does not decide. */
  ms: z.number(),
  /** It asks the slow service instead of sleeping. */
  url: z.string().optional(),
  /** It kills its process in a way that nothing in the process can stop. */
  poison: z.boolean().optional(),
})
export type ChaosInput = z.infer<typeof input>

const keep = { count: 1_000_000, ageMs: 86_400_000 }
const options = { input, queue, keep, backoff: { kind: 'fixed', baseMs: 100, jitter: 'none' } } as const

/** What the parent enqueues. */
export const chaosJob = defineJob('chaos', options)

/** The same with its handler: each execution is written down before it begins and after it has ended. */
export function chaosHandler(recorder: Recorder): Handler<ChaosInput, ChaosInput> {
  const { pid } = process
  let count = 0
  return chaosJob.handle(async (data, job) => {
    const run = `${pid}:${++count}`
    recorder.write({
      atMs: machineMs(),
      pid,
      kind: 'start',
      id: job.id,
      run,
      attempt: job.attempt,
      crashes: job.crashes,
    })
    const end = (how: Ending) => recorder.write({ atMs: machineMs(), pid, kind: 'end', run, how })
    try {
      await work(data, job)
      // A value that comes after the worker was told to stop does not count, for this handler has used its signal.
      end(job.signal.aborted ? 'stopped' : 'returned')
      return { run }
    } catch (error) {
      end(job.signal.aborted ? 'stopped' : 'threw')
      throw error
    }
  })
}

async function work({ ms, url, poison }: ChaosInput, job: JobContext): Promise<void> {
  if (poison === true) {
    await sleep(ms, undefined, { signal: job.signal })
    // From outside, so that no trap and no handler sees it coming.
    spawnSync('kill', ['-9', String(process.pid)])
  } else if (url === undefined) await sleep(ms, undefined, { signal: job.signal })
  else (await job.http.post(url, { json: { id: job.id } })).throw()
}
