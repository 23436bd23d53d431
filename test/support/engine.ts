import { onTestFinished } from 'vitest'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { defaults } from '../../src/base/defaults.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import type { Driver } from '../../src/contract/driver.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { StoredJob } from '../../src/contract/job.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { AnyHandler } from '../../src/job/definition.ts'
import { Registry } from '../../src/job/registry.ts'
import { until } from './work.ts'

/** An engine on a memory store, whose driver a test may tamper with before it starts; and a second driver to look with. */
export async function engineOn(
  handlers: AnyHandler[],
  tamper: (driver: Driver) => void = () => {},
  options: Partial<EngineOptions> = {},
  env: Env = systemEnv,
): Promise<{ engine: Engine; driver: Driver; client: Driver }> {
  const leaseMs = options.leaseMs ?? 300
  const store = createMemoryStore({ env })
  const [driver, client] = [memoryDriver({ store, env, leaseMs }), memoryDriver({ store, env, leaseMs })]
  const registry = new Registry(handlers)
  tamper(driver)
  const engine = new Engine({
    env,
    driver,
    registry,
    concurrency: 100,
    queues: Object.fromEntries(registry.queues.map(({ name }) => [name, {}])),
    middleware: [],
    http: undefined as never,
    sentries: [],
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

export const stored = (id: string, name = 'work'): StoredJob => ({
  id,
  queue: 'default',
  name,
  priority: 5,
  body: '{"v":1}',
})
export const cut = () => new FiberWorkError('FW_STORE_FAILED', 'the connection was cut')
export const state = async (driver: Driver, id: string) => (await driver.inspector!.find([id]))[0]?.state

/** Its session is past its lease, and somebody has swept it: we, or the worker itself. */
export const sweptAway = (client: Driver, id: string) =>
  until(async () => {
    await client.sweep(10)
    return (await client.inspector!.find([id]))[0]!.crashes === 1
  })

/** Puts something before, or in place of, one verb of a driver. */
export function wrap<V extends 'settle' | 'reserve' | 'beat' | 'sweep' | 'close' | 'enqueue' | 'reconcile'>(
  driver: Driver,
  verb: V,
  around: (call: (...args: Parameters<Driver[V]>) => Promise<unknown>, args: Parameters<Driver[V]>) => unknown,
): void {
  const original = driver[verb].bind(driver) as (...args: Parameters<Driver[V]>) => Promise<unknown>
  driver[verb] = (async (...args: Parameters<Driver[V]>) => around(original, args)) as unknown as Driver[V]
}
