/** What somebody did from outside, or was refused. */
export interface AuditEntry {
  /** Sorts by time, the newest first. */
  id: string
  atMs: number
  /** The name of a token; `local`, or who sat at the command line. */
  actor: string
  role: string
  /** The address that it came from, if over a network. */
  from?: string
  /** The id of the operation: `retryJob`. */
  operation: string
  /** What it was about, secrets masked. */
  details: Record<string, unknown>
  /** The code of the error that it ended with; absent when it was done. */
  failed?: string
}
