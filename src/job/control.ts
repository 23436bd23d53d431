import { FiberWorkError } from '../contract/errors.ts'

/**
 * The control vocabulary of a handler: return is done, throw is a retry by policy, and these three say exactly what.
 * They are Errors, so that a stray one still has a stack.
 */
export abstract class Control extends Error {}

/** Run again in `ms`, and do not count this attempt. */
export class Snooze extends Control {
  override readonly name = 'Snooze'
  readonly ms: number
  constructor(ms: number, message = `snoozed for ${ms} ms`) {
    super(message)
    this.ms = delay('Snooze', ms)
  }
}

/** This attempt failed; run the next one in `ms`, whatever the backoff says. */
export class RetryIn extends Control {
  override readonly name = 'RetryIn'
  readonly ms: number
  constructor(ms: number, message = `to be retried in ${ms} ms`, options?: ErrorOptions) {
    super(message, options)
    this.ms = delay('RetryIn', ms)
  }
}

/** This job cannot succeed: dead at once, with this reason. */
export class GiveUp extends Control {
  override readonly name = 'GiveUp'
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
  }
}

function delay(name: string, ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms
  throw new FiberWorkError('FW_JOB_INVALID', `${name} takes milliseconds ≥ 0, not ${String(ms)}.`)
}
