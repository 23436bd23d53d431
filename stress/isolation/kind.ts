import type { TerminalState } from '../../src/contract/job.ts'
import type { JobContext } from '../../src/job/context.ts'
import type { LinePool } from './line-pool.ts'

/**
 * - `contained`: the jobs beside it notice nothing.
 * - `detected`: they may notice in production, where the doer is named; in strict mode it is undone before the next job begins.
 * - `uncontained`: not held off within one process, in no mode.
 */
export type IsolationClass = 'contained' | 'detected' | 'uncontained'

export const modes = ['production', 'strict', 'thread'] as const
/**
 * `production`: isolation `sample`, hundreds of jobs at once. `strict`: one at a time. `thread`: as in production, and the hostile job
 * has `lane: 'thread'`.
 */
export type Mode = (typeof modes)[number]

/** What the jobs beside it notice: nothing, a value that is not theirs, or that nothing moves for a while. */
export type Notice = 'nothing' | 'disturbed' | 'late'

/** What comes of a hostile act in one mode. */
export interface Expected {
  innocents: Notice
  /** The events that name the doer, each of them: `job.blamed:owner`, `job.ended:FW_JOB_TIMEOUT`. None where nobody is harmed. */
  named: readonly string[]
  /** Events that may name the doer, where chance decides: what is watched in samples. */
  perhaps?: readonly string[]
  /** How the job ends that did it. */
  ends: TerminalState
  /** The process is given up after it: the worker drains, and its supervisor starts the next one. */
  condemned?: boolean
}

/** What a hostile act has at hand. */
export interface Scene {
  job: JobContext
  /** 0 for the first job of its kind, 1 for the second. */
  n: number
  /** Origin of a local HTTP service. */
  service: string
  /** A pool of raw sockets that innocents use too. */
  pool: LinePool
  /** The database of `Db`, and a table `(tag)` in it. */
  dbUrl: string
  table: string
  /** The port of a local service that gives back each line. */
  linePort: number
  /** The act has been done; in a few words what shows it. Whoever calls it late is written down as well. */
  did(proof: string): void
  /** Run this when all jobs have ended: what it answers is wrong. */
  afterwards(look: () => Promise<string[]> | string[]): void
}

/** One way to harm others, what it comes to, and why it is classed so. */
export interface Kind {
  name: string
  /** What the job does, a few words for the table. */
  about: string
  class: IsolationClass
  production: Expected
  strict: Expected
  /** What it comes to in a thread of its own, where that is the answer. */
  thread?: Expected
  /** For the table: how it is held off, or what to do where it is not. */
  answer: string
  /** The facades that it takes; it is skipped with a reason where one is missing. */
  needs?: readonly string[]
  /** How many jobs do it; 2 by default, 1 where the process is condemned by the first. */
  jobs?: number
  timeoutMs?: number
  /** It does it in its first stretch, before its first `await`; else it waits until many run beside it. */
  early?: boolean
  /** What comes late may take so long after the last job; 200 ms by default. */
  lingerMs?: number
  act(scene: Scene): unknown
}

/** A kind, and the file that its code stands in: errors are pinned with it. */
export interface PlacedKind extends Kind {
  file: string
}

const blamedMsMax = 5_000

/** Until the job is told to stop, as it is when it is blamed; for a moment at most. */
export async function untilBlamed({ signal }: JobContext): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, blamedMsMax)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}

/** The class that these expectations amount to. */
export function classOf({ production, strict }: Pick<Kind, 'production' | 'strict'>): IsolationClass {
  if (strict.innocents !== 'nothing') return 'uncontained'
  if (production.innocents === 'nothing') return 'contained'
  return production.named.length > 0 && strict.named.length > 0 ? 'detected' : 'uncontained'
}

/** The same in both modes of one process. */
export function inBoth(expected: Expected): Pick<Kind, 'production' | 'strict'> {
  return { production: expected, strict: expected }
}

export function placed(file: string, kinds: readonly Kind[]): PlacedKind[] {
  return kinds.map((kind) => ({ ...kind, file }))
}
