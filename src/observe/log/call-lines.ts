import { on } from '../../base/emit.ts'
import type { JobLogLine } from '../../contract/fleet.ts'
import { cleanText, errorLine } from './clean.ts'

/** One call of a job through a facade, as it is kept until somebody reads it: nothing of what was sent or answered. */
export interface CallNote {
  atMs: number
  /** `http`, `db`, `cache`, `session`, `limit`, or the name of a facade of the user's. */
  door: string
  what: string
  outcome: string
  ms: number
  failed: boolean
}

const statementMax = 500

/** Hears what the jobs of this process do through their facades; answers the end of it. Calls outside of jobs are nobody's. */
export function hearCalls(note: (job: string, call: Omit<CallNote, 'atMs'>) => void): () => void {
  const ended = (job: string | undefined, door: string, what: string, ms: number, error: unknown, outcome = 'ok') => {
    if (job === undefined) return
    const failed = error !== undefined
    note(job, { door, what, outcome: failed ? errorLine(error) : outcome, ms, failed })
  }
  const undo = [
    on('http.ended', ({ job, what, ms, error, status }) => ended(job, 'http', what, ms, error, String(status ?? 'ok'))),
    on('db.ended', ({ job, connection, what, ms, error, rows }) =>
      ended(job, 'db', `${connection}: ${what}`, ms, error, rows === undefined ? 'ok' : `${rows} rows`),
    ),
    on('facade.ended', ({ job, facade, what, ms, error }) => ended(job, facade, what, ms, error)),
    on('limit.waited', ({ job, limit, waitedMs, error }) => ended(job, 'limit', `a turn at ${limit}`, waitedMs, error)),
  ]
  return () => {
    for (const stop of undo) stop()
  }
}

/** As a line of the job's log, clean of secrets. */
export function lineOfCall({ atMs, door, what, outcome, ms }: CallNote): JobLogLine {
  const target = cleanText(what, statementMax)
  const fields = { door, outcome, ms: Math.round(ms * 10) / 10 }
  return { atMs, level: 'debug', message: `${door} ${target}: ${outcome}`, fields: JSON.stringify(fields) }
}
