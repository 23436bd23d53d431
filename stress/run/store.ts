import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectOptions } from '../../src/connect/connect.ts'
import type { JobState } from '../../src/contract/job.ts'

/** A SQLite file in a temporary folder of its own. */
export interface TemporaryStore extends Disposable {
  readonly url: string
  readonly path: string
  /** Removes the folder; idempotent. It happens by itself when the process exits, unless `keep` was called. */
  remove(): void
  keep(): void
}

export function temporaryStore(): TemporaryStore {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-run-'))
  const path = join(folder, 'jobs.db')
  let kept = false
  const remove = () => {
    process.off('exit', remove)
    if (!kept) rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', remove)
  return { url: `sqlite:${encodeURI(path)}`, path, remove, keep: () => void (kept = true), [Symbol.dispose]: remove }
}

/** What to purge when nothing of a queue is to be left. */
export const everyState: JobState[] = ['ready', 'delayed', 'done', 'dead', 'cancelled', 'quarantined']

/** Where the jobs of a run are to live. */
export interface RunPlace {
  /** Another store than a temporary SQLite file. */
  url?: string
  /** Beside a broker that keeps no records: a store that does. */
  ledger?: string
}

/** As `connect` takes it. */
export const ledgerOf = ({ ledger }: RunPlace): Pick<ConnectOptions, 'ledger'> =>
  ledger === undefined ? {} : { ledger }
