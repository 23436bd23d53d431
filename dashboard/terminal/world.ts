import type { Snapshot } from '../../src/contract/dashboard.ts'
import type { EventLine } from '../model/event-line.ts'
import type { History } from '../model/history.ts'
import type { ProcessRow } from '../model/merge.ts'
import type { Glyphs } from './glyphs.ts'
import type { Tone } from './line.ts'
import type { Data } from './looks.ts'
import type { View } from './view.ts'

export interface Note {
  text: string
  tone: Tone
  /** On the monotonic clock. */
  untilMs: number
}

/** Everything that one frame is drawn from. */
export interface World {
  /** All processes as one; of the store alone where none is beside the API. */
  snapshot: Snapshot
  processes: ProcessRow[]
  /** What keeps others from answering, in words. */
  missing: readonly string[]
  history: History
  data: Data
  /** What was heard while the log was looked at. */
  log: { lines: readonly EventLine[]; dropped: number; error: unknown }
  view: View
  note: Note | undefined
  /** How long the source has not answered; 0 while it does. */
  silentMs: number
  /** Why, where it is known. */
  lost: string | undefined
  /** Whether quitting ends a worker: not so from afar. */
  owns: boolean
  /** Lines that were written to stdout or stderr meanwhile. */
  captured: number
  glyphs: Glyphs
  columns: number
  rows: number
}
