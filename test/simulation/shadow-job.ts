import type { StoredJob, TerminalState } from '../../src/contract/job.ts'
import type { Receipt } from '../../src/contract/verdict.ts'

/** What must be true of one job, by all that the store has answered so far. */
export interface ShadowJob {
  job: StoredJob
  state: 'waiting' | 'running' | TerminalState | 'gone'
  attempts: number
  crashes: number
  dueAtMs: number
  /** The loan that counts now. */
  loan: { receipt: Receipt; session: string } | undefined
  cancelling: boolean
  /** How often it was handed out. */
  taken: number
  /** How often a verdict of its was accepted. */
  settled: number
  /** Somebody removed or replaced it, or its record is not kept. */
  forgotten: 'no' | 'removed' | 'replaced' | 'not kept'
}

export interface ShadowSession {
  id: string
  client: string
  leaseUntilMs: number
  live: boolean
  /** It was taken back, not closed. */
  swept: boolean
  /** What its last report named as not begun. */
  unbegun: ReadonlySet<Receipt>
  /** Whom its guardian has named, since the last renewal. */
  accused: ReadonlySet<Receipt>
}

export const isEnded = ({ state }: ShadowJob): boolean => state !== 'waiting' && state !== 'running'

/** `q/17`: how a job is called in traces. */
export const shortName = ({ queue, id }: StoredJob): string => `${queue}/${id.slice(0, 8)}`
