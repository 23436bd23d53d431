import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { JobContext } from '../../src/job/context.ts'
import { type Definition, defineJob, type Handler } from '../../src/job/definition.ts'
import { type Ending, machineMs, type Recorder } from '../history/events.ts'

export const queue = 'chaos'

const input = z.object({
  /** How long it takes, where the service does not decide. */
  ms: z.number(),
  /** The same when a process has died of it or beside it before. */
  againMs: z.number().optional(),
  /** It asks the slow service instead of sleeping. */
  url: z.string().optional(),
  /** It fails at its first attempt. */
  failsFirst: z.boolean().optional(),
  /** It does not hear that it is told to stop. */
  deaf: z.boolean().optional(),
  /** It keeps the event loop for that long. */
  blockMs: z.number().optional(),
  /** It kills its process in a way that nothing in the process can stop. */
  poison: z.boolean().optional(),
})
export type ChaosInput = z.infer<typeof input>

const keep = { count: 1_000_000, ageMs: 86_400_000 }
const options = { input, queue, backoff: { kind: 'fixed', baseMs: 100, jitter: 'none' } } as const

/** What the parent enqueues: `added` came with a later build. */
export const chaosJobs = {
  chaos: defineJob('chaos', options),
  added: defineJob('chaos-added', options),
} satisfies Record<string, Definition<ChaosInput, ChaosInput>>
export type ChaosName = keyof typeof chaosJobs

interface ChaosHandling {
  recorder: Recorder
  /** The store has a history, and keeps all of it: the judge asks what became of each job. */
  history: boolean
}

/** One of them with its handler: each execution is written down before it begins and after it has ended. */
export function chaosHandler(name: ChaosName, { recorder, history }: ChaosHandling): Handler<ChaosInput, ChaosInput> {
  const { pid } = process
  let count = 0
  const definition = defineJob(chaosJobs[name].name, { ...options, ...(history && { keep }) })
  return definition.handle(async (data, job) => {
    const run = `${pid}:${name}:${++count}`
    const { id, attempt, crashes } = job
    recorder.write({ atMs: machineMs(), pid, kind: 'start', id, run, attempt, crashes })
    const stopped = () => data.deaf !== true && job.signal.aborted
    const end = (how: Ending) => recorder.write({ atMs: machineMs(), pid, kind: 'end', run, how })
    try {
      await work(data, job)
      // A value that comes after the worker was told to stop does not count, for this handler has used its signal.
      end(stopped() ? 'stopped' : 'returned')
      return { run }
    } catch (error) {
      end(stopped() ? 'stopped' : 'threw')
      throw error
    }
  })
}

async function work(data: ChaosInput, job: JobContext): Promise<void> {
  const { url, failsFirst, blockMs, poison } = data
  if (url !== undefined) return void (await job.http.post(url, { json: { id: job.id } })).throw()
  const ms = job.crashes > 0 ? (data.againMs ?? data.ms) : data.ms
  await sleep(ms, undefined, data.deaf === true ? {} : { signal: job.signal })
  if (blockMs !== undefined) block(blockMs)
  if (failsFirst === true && job.attempt === 1) throw new Error('the first attempt fails')
  // From outside, so that no trap and no handler sees it coming.
  if (poison === true) spawnSync('kill', ['-9', String(process.pid)])
}

function block(ms: number): void {
  const endMs = machineMs() + ms
  while (machineMs() < endMs);
}
