import type { Verdict } from '../contract/verdict.ts'
import type { Overrides } from '../job/codec.ts'
import type { AnyHandler } from '../job/definition.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import type { Context } from './context.ts'

/** One running attempt: its fiber, and what is needed to judge it. */
export interface Attempt {
  readonly fiber: Fiber
  readonly handler: AnyHandler
  readonly overrides: Overrides | undefined
  readonly context: Context
  /** What has become of it, while its cleanups still run. */
  judged: Verdict | undefined
}
