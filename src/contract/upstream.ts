import { FiberWorkError } from './errors.ts'

/**
 * What a call does when the service it goes to has said, to whomever, that it wants no more of this credential for now.
 *
 * - `release` (default): it ends the attempt; the job goes back, is due when the service takes calls again, and no attempt is
 *   burned. A pause of up to a second is waited for. Outside of a job there is nothing to give back: the call is sent.
 * - `wait`: it waits, for as long as its job has time, and then does as `release`. Outside of a job it waits.
 * - `ignore`: it is sent, and what its answer says of limits is not listened to.
 */
export type UpstreamMode = 'release' | 'wait' | 'ignore'

/**
 * A service wants no calls before `untilMs`. Thrown out of a handler it is no failure: the job is released and due in
 * `releaseMs`, like a `Snooze`. Whoever catches it decides for himself.
 */
export class UpstreamFrozenError extends FiberWorkError {
  override readonly name: string = 'UpstreamFrozenError'
  /** The service: its origin. */
  readonly upstream: string
  /** Milliseconds since 1970. */
  readonly untilMs: number
  /** Until then, and a little more, so that not all come back in the same moment. */
  readonly releaseMs: number

  constructor(upstream: string, untilMs: number, releaseMs: number) {
    const until = new Date(untilMs).toISOString()
    super('FW_UPSTREAM_FROZEN', `${upstream} wants no calls with this credential before ${until}.`)
    this.upstream = upstream
    this.untilMs = untilMs
    this.releaseMs = releaseMs
  }
}
