import type { Added, Call, StoredJob } from 'fiber-work/driver'
import { metaFor, payloadOf } from './job.ts'
import type { Presence } from './presence.ts'
import { put } from './write.ts'

/** All at once over one connection, which keeps their order. */
export function enqueue(
  { link, env, session }: Presence,
  { lane, seq }: Call,
  jobs: StoredJob[],
  parts: Map<string, unknown>,
): Promise<Added[]> {
  const nowMs = env.nowMs()
  const payloads = jobs.map(payloadOf)
  return Promise.all(
    jobs.map(async (job, i): Promise<Added> => {
      const by = `${session}/${lane}.${seq}.${i}`
      const tried = parts.has(by)
      parts.set(by, true)
      const added = await put(link, metaFor(job, nowMs, by), payloads[i]!, 0, tried)
      return { outcome: added ? 'added' : 'duplicate', id: job.id }
    }),
  )
}
