import { memoryDriver } from './driver.ts'
import { memoryKeeper } from './sessions.ts'
import { createMemoryStore } from './store.ts'
import { virtualEnv } from './virtual-env.ts'

/** The conformance suite's harness for this driver, on a virtual clock: no test sleeps. */
export function memoryHarness() {
  return {
    name: 'memory',
    async store() {
      const env = virtualEnv()
      const store = createMemoryStore({ env })
      return {
        driver: ({ leaseMs }: { leaseMs: number }) => memoryDriver({ store, env, leaseMs }),
        keeper: async ({ leaseMs }: { leaseMs: number }) => memoryKeeper(store, leaseMs),
        advance: (ms: number) => env.advance(ms),
        nowMs: () => env.nowMs(),
        close: async () => {},
      }
    },
  }
}
