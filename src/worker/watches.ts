import type { Env } from '../base/env.ts'
import type { Isolation } from '../contract/isolation.ts'
import type { Sentry } from '../engine/options.ts'
import { LeakWatch } from '../isolation/leaks.ts'
import { PollutionGuard } from '../isolation/pollution/guard.ts'
import { ZombieWatch } from '../isolation/zombies.ts'
import type { Registry } from '../job/registry.ts'
import type { Fiber } from '../sandbox/fiber.ts'

/** What looks at jobs while a worker runs. */
export interface Watches {
  sentries: readonly Sentry[]
  start(): void
  end(): void
}

/** What they are told of the worker. */
export interface WatchedWorker {
  env: Env
  registry: Registry
  /** Tells the fibers of this worker from those of others in the process. */
  owns: (fiber: Fiber) => boolean
  session: () => string
  ownsProcess: boolean
}

/** As closely as the level says. */
export function watchesOf(level: Isolation, { env, registry, owns, session, ownsProcess }: WatchedWorker): Watches {
  const handlers = () => new Map(registry.all().map(({ name, run }) => [name, run]))
  const watches =
    level === 'off'
      ? []
      : [
          new PollutionGuard(level, { env, ownsProcess }),
          new ZombieWatch({ env, level, owns }),
          new LeakWatch({ env, handlers, worker: session }),
        ]
  return {
    sentries: watches,
    start: () => watches.forEach((watch) => watch.start()),
    end: () => watches.forEach((watch) => watch.end()),
  }
}
