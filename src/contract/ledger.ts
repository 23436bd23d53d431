/** A small record with a version, for queue settings, schedules, workflows, shared limits. */
export interface LedgerRecord {
  key: string
  value: string
  /** Rises with each write; never used twice for a key, not even after it was deleted. */
  version: number
}

export interface LedgerWrite {
  key: string
  /** Absent deletes. */
  value?: string
  /** What the writer read; 0 means: must not exist. Absent: whatever is there. */
  version?: number
  /** How long the record lives, by the store's clock; then it is gone as if it were deleted. Absent: until it is deleted. */
  forMs?: number
}

/** Compare-and-set records, each small (≤ 64 KiB). */
export interface Ledger {
  read(keys: string[]): Promise<(LedgerRecord | undefined)[]>
  list(prefix: string, limit: number, after?: string): Promise<LedgerRecord[]>
  /** All or nothing. Answers the new versions (0 for a deleted one), or undefined when any version did not match. */
  write(writes: LedgerWrite[]): Promise<number[] | undefined>
}
