import type { StoredJob } from '../contract/job.ts'

/** One row, as a relay reads it. */
export interface Row {
  seq: string
  /** The transaction that wrote it. */
  tx: string
  id: string
  job: string
  /** How long it has waited, by the database's clock. */
  waitedMs: number
}

/** The job of a row, its delay shortened by how long it has waited. Throws why it is none. */
export function jobOf({ id, job: text, waitedMs }: Row): StoredJob {
  const job = JSON.parse(text) as unknown
  if (!isJob(job) || job.id !== id) throw new Error(`The row is not the job ${id}.`)
  if (job.due === undefined || !('inMs' in job.due)) return job
  return { ...job, due: { inMs: Math.max(0, job.due.inMs - waitedMs) } }
}

function isJob(value: unknown): value is StoredJob {
  if (typeof value !== 'object' || value === null) return false
  const { id, queue, name, body, priority } = value as Record<string, unknown>
  return [id, queue, name, body].every((text) => typeof text === 'string') && typeof priority === 'number'
}
