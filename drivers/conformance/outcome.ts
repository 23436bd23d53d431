/**
 * What came of one law.
 *
 * - `held`: the driver keeps it.
 * - `instead`: it says that it cannot, and keeps the law of those that cannot.
 * - `cannot`: it says that it cannot, and there is nothing else to keep.
 * - `skipped`: the harness leaves it out, with a reason.
 * - `failed`: it is broken.
 */
export interface Outcome {
  concern: string
  law: string
  outcome: 'held' | 'instead' | 'cannot' | 'skipped' | 'failed'
  reason?: string
}

/** Told of each law when it has been tried. */
export type Tell = (outcome: Outcome) => void
