/** How one worker is: progress, not "the process is up". */
export interface Health {
  ok: boolean
  /** What is wrong, in words; empty when nothing is. */
  reasons: string[]
  state: string
  running: number
  /** Since the store last answered the worker's claims and beats. */
  answeredMsAgo: number
  /** Who renews the lease: a thread, which a blocked event loop does not stop, or the event loop. */
  leaseKeptBy: 'guardian' | 'beats'
}
