import type { JobLogLine } from '../../contract/fleet.ts'
import type { VerdictKind } from '../../contract/verdict.ts'
import { ends } from './job-lines.ts'

/** When an attempt began, or how it ended, as it is kept until somebody reads it. */
export interface AttemptNote {
  atMs: number
  attempt: number
  end?: {
    verdict: VerdictKind
    ms: number
    /** What it failed with, in a line. */
    error: string | undefined
    /** So many calls through facades, where more were made than are kept. */
    calls: number | undefined
  }
}

/** As a line of the job's log. */
export function lineOfAttempt({ atMs, attempt, end }: AttemptNote): JobLogLine {
  if (end === undefined) return { atMs, level: 'debug', message: `attempt ${attempt} started` }
  const [level, message] = ends[end.verdict]
  const fields = JSON.stringify({ attempt, outcome: end.verdict, ms: end.ms, calls: end.calls })
  return { atMs, level, message: end.error === undefined ? message : `${message}: ${end.error}`, fields }
}
