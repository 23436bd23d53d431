import { onTestFinished } from 'vitest'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { defaults } from '../../src/base/defaults.ts'
import { systemEnv } from '../../src/base/env.ts'
import type { Driver } from '../../src/contract/driver.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { AnyHandler } from '../../src/job/definition.ts'
import { Registry } from '../../src/job/registry.ts'

/** An engine on a memory store, whose driver a test may tamper with before it starts; and a second driver to look with. */
export async function engineOn(
  handlers: AnyHandler[],
  tamper: (driver: Driver) => void = () => {},
  options: Partial<EngineOptions> = {},
): Promise<{ engine: Engine; driver: Driver; client: Driver }> {
  const leaseMs = options.leaseMs ?? 300
  const store = createMemoryStore({ env: systemEnv })
  const [driver, client] = [
    memoryDriver({ store, env: systemEnv, leaseMs }),
    memoryDriver({ store, env: systemEnv, leaseMs }),
  ]
  const registry = new Registry(handlers)
  tamper(driver)
  const engine = new Engine({
    env: systemEnv,
    driver,
    registry,
    concurrency: 100,
    queues: Object.fromEntries(registry.queues.map(({ name }) => [name, {}])),
    middleware: [],
    http: undefined as never,
    load: { loopDelayMs: () => 0, memoryUsed: () => 0 },
    leaseMs,
    beatMs: 10,
    graceMs: 100,
    stuckMs: defaults.stuckMs,
    startSliceMs: defaults.startSliceMs,
    resultBytesMax: defaults.resultBytesMax,
    bodyBytesMax: defaults.bodyBytesMax,
    about: () => '{}',
    ...options,
  })
  await client.open()
  await engine.open()
  engine.start()
  onTestFinished(async () => void (await engine.stop('the test is over', 0)))
  return { engine, driver, client }
}
