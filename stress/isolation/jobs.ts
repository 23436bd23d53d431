import { defineJob } from '../../src/job/definition.ts'
import { unchecked } from '../../src/job/schema.ts'

export const queue = 'isolation'

const keep = { count: 1_000_000, ageMs: 86_400_000 }

/** `tag` is a name that no other job has. */
export const innocentJob = defineJob('innocent', {
  input: unchecked<{ tag: string }>(),
  queue,
  keep,
  attempts: 5,
  backoff: { kind: 'fixed', baseMs: 50, jitter: 'none' },
})

export const hostileJob = defineJob('hostile', { input: unchecked<{ n: number }>(), queue, keep, attempts: 1 })
