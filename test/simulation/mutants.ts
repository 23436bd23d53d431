import type { Driver } from '../../src/contract/driver.ts'
import type { Keeper } from '../../src/contract/keeper.ts'
import { coreMutants } from './mutants-core.ts'
import { leaseMutants } from './mutants-lease.ts'
import { limitMutants } from './mutants-limits.ts'
import { storeMutants } from './mutants-store.ts'
import type { QueueLimit } from './limits.ts'
import type { World } from './world.ts'

/** A planted bug: off unless it is asked for by name. None of it is in the product. */
export interface Mutant {
  name: string
  /** A store that does something wrong, below the place where its answers are judged. */
  driver?: (driver: Driver, world: World) => Driver
  /** The same for what a guardian thread asks of it. */
  keeper?: (keeper: Keeper, world: World) => Keeper
  /** A core that does something wrong. Answers the undo. */
  plant?: (world: World) => () => void
  /** Limits that reach the store as something else. */
  limit?: (limit: QueueLimit) => QueueLimit
}

export const mutants: Mutant[] = [...storeMutants, ...limitMutants, ...leaseMutants, ...coreMutants]
