import type { JobRecord, JobState } from '../../src/contract/index.ts'
import { wiredFailures } from '../redis-common/wire.ts'
import { openMore, openRecord, unwire } from './codec.ts'

/** What `scripts/lib/look.lua` tells of a job. */
export type Look = [
  id: string,
  record: string,
  more: string | null,
  place: 'ready' | 'delayed' | 'running' | 'ended',
  first: string | number,
  second: string | number,
  progress: string | null,
  cancelling: 0 | 1,
  failures: string | null,
]

const outcomes: Record<string, JobState> = { D: 'done', X: 'dead', C: 'cancelled', Q: 'quarantined' }

/** The place in the journal: what cursors are made of. */
export const placeOfLook = ([, record]: Look): string => record.slice(0, record.indexOf(','))

export function recordOfLook(look: Look): JobRecord {
  const [id, text, more, place, first, second, progress, cancelling, failures] = look
  const { job, enqueuedAtMs } = openRecord(unwire(id), text)
  const record: JobRecord = {
    job,
    enqueuedAtMs,
    ...(place === 'ended' ? endOf(String(first), more) : waitOf(place, more)),
  }
  if (place === 'delayed') record.dueAtMs = Number(first)
  if (place === 'running') {
    record.attempts++
    record.session = String(first)
    record.startedAtMs = Number(second)
    if (cancelling === 1) record.cancelling = true
  }
  if (progress !== null) record.progress = unwire(progress)
  if (failures !== null) record.failures = wiredFailures(failures)
  return record
}

type Fate = Pick<JobRecord, 'state' | 'attempts' | 'crashes' | 'startedAtMs' | 'settledAtMs' | 'result' | 'error'>

function waitOf(state: 'ready' | 'delayed' | 'running', text: string | null): Fate {
  const { attempts, crashes, startedAtMs, error } = openMore(text)
  return { state, attempts, crashes, ...(startedAtMs > 0 && { startedAtMs }), ...(error !== undefined && { error }) }
}

/** `letter,settledAt,startedAt,attempts,crashes|result or reason`; a done job has the error of the attempt before. */
function endOf(text: string, before: string | null): Fate {
  const bar = text.indexOf('|')
  const [letter, settled, started, attempts, crashes] = (bar < 0 ? text : text.slice(0, bar)).split(',')
  const said = bar < 0 ? undefined : unwire(text.slice(bar + 1))
  const startedAtMs = Number(started)
  const error = letter === 'D' ? openMore(before).error : said
  return {
    state: outcomes[letter!]!,
    attempts: Number(attempts),
    crashes: Number(crashes),
    settledAtMs: Number(settled),
    ...(startedAtMs > 0 && { startedAtMs }),
    ...(said !== undefined && letter === 'D' && { result: said }),
    ...(error !== undefined && { error }),
  }
}
