import type { Backing } from './backing.ts'
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

export const hostileName = 'hostile'

/** What a hostile job is told. */
export interface HostileInput extends Backing {
  n: number
  kind: string
  trace: string
  httpPort: number
  linePort: number
}

export const hostileOptions = { input: unchecked<HostileInput>(), queue, keep, attempts: 1 } as const

export const hostileJob = defineJob(hostileName, hostileOptions)
