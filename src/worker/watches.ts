import type { Env } from '../base/env.ts'
import type { Isolation } from '../contract/isolation.ts'
import type { Sentry } from '../engine/options.ts'
import { PollutionGuard } from '../isolation/pollution/guard.ts'
import { ZombieWatch } from '../isolation/zombies.ts'
import type { Fiber } from '../sandbox/fiber.ts'

/** What looks at jobs while a worker runs. */
export interface Watches {
  sentries: readonly Sentry[]
  start(): void
  end(): void
}

/** As closely as the level says. `owns` tells the fibers of this worker from those of others in the process. */
export function watchesOf(
  { env, isolation: level, ownProcess: ownsProcess }: { env: Env; isolation: Isolation; ownProcess: boolean },
  owns: (fiber: Fiber) => boolean,
): Watches {
  const watches =
    level === 'off' ? [] : [new PollutionGuard(level, { env, ownsProcess }), new ZombieWatch({ env, level, owns })]
  return {
    sentries: watches,
    start: () => watches.forEach((watch) => watch.start()),
    end: () => watches.forEach((watch) => watch.end()),
  }
}
