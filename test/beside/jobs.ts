// The job file of both projects: copied into each, so that `fiber-work` is the build that the project has. What it may do on a store is told by
// BESIDE_ABLE; what it does is written to BESIDE_HISTORY.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob, defineQueue, defineSchedule, type JobContext, unchecked } from 'fiber-work'
import type { Ending } from '../../stress/history/events.ts'

export interface BesideInput {
  ms: number
  /** Its first attempts fail: so many. */
  fails?: number
  group?: string
  /** No second one within an hour. */
  unique?: string
}

const { BESIDE_HISTORY: history = '', BESIDE_ABLE: able = '' } = process.env
const { pid } = process
let runs = 0

/** Jobs without a group are one group, too: the cap is for those that have one. */
const groups = Object.fromEntries(['a', 'b', 'c'].map((group) => [group, { concurrencyMax: 1 }]))
const queue = defineQueue('beside', able.includes('groups') ? { groups } : {})
const keep = { count: 1_000_000, ageMs: 86_400_000 }
const records = able.includes('records') ? { keep } : {}

export const work = defineJob(
  'work',
  {
    queue,
    input: unchecked<BesideInput>(),
    attempts: 4,
    backoff: { kind: 'fixed', baseMs: 100, jitter: 'none' },
    timeoutMs: false,
    ...(able.includes('groups') && { group: ({ group }: BesideInput) => group }),
    ...(able.includes('unique') && {
      unique: ({ unique }: BesideInput) => (unique === undefined ? undefined : { key: unique, forMs: 3_600_000 }),
    }),
    ...records,
  },
  ({ ms, fails = 0 }, job) =>
    written(job, async () => {
      await sleep(ms, undefined, { signal: job.signal })
      if (job.attempt <= fails) throw new Error(`attempt ${job.attempt} fails`)
    }),
)

export const tick = defineJob('tick', { queue, ...records }, (_input, job) => written(job, async () => {}))
/** Under a key that both know: each of its runs is one job, whoever enqueues it. */
export const everySecond = able.includes('schedules')
  ? defineSchedule('every-second', tick, { everyMs: 1_000, missed: 'all' })
  : undefined

/** Each execution is written down before it begins and after it has ended; it answers its own name. */
async function written(job: JobContext, run: () => Promise<void>): Promise<{ run: string }> {
  const name = `${pid}:${++runs}`
  const { id, attempt, crashes } = job
  write({ kind: 'start', id, run: name, attempt, crashes })
  const ended = (how: Ending) => write({ kind: 'end', run: name, how: job.signal.aborted ? 'stopped' : how })
  try {
    await run()
    ended('returned')
    return { run: name }
  } catch (error) {
    ended('threw')
    throw error
  }
}

function write(event: object): void {
  appendFileSync(history, `${JSON.stringify({ atMs: Number(process.hrtime.bigint()) / 1e6, pid, ...event })}\n`)
}
