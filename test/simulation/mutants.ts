import type { Driver } from '../../src/contract/driver.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { QueueLimit } from './limits.ts'
import type { World } from './world.ts'

/** A planted bug: off unless it is asked for by name. */
export interface Mutant {
  name: string
  /** Below the checks: a store that lies. */
  driver?: (driver: Driver, world: World) => Driver
  /** Another core. Answers the undo. */
  plant?: (world: World) => () => void
  limit?: (limit: QueueLimit) => QueueLimit
  options?: Partial<EngineOptions>
}

export const mutants: Mutant[] = []
