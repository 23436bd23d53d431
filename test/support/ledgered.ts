import { onTestFinished } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import { ledgeredDriver } from '../../drivers/ledgered/index.ts'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { type VirtualEnv, virtualEnv } from '../../drivers/memory/virtual-env.ts'
import type { Client } from '../../src/connect/client.ts'
import { clientOn } from '../../src/connect/connect.ts'
import type { Driver } from '../../src/contract/index.ts'
import { BareBroker } from './bare-broker.ts'
import { Stepper } from './stepping.ts'

/** A bare broker and a ledger, both in memory, seen by any number of workers. */
export function bareAndLedger({ leaseMs = 30_000 }: { leaseMs?: number } = {}) {
  const env: VirtualEnv = virtualEnv()
  const [queues, records] = [createMemoryStore({ env }), createMemoryStore({ env })]
  const driverWith = (stepper: Stepper): Driver =>
    ledgeredDriver(
      stepper.driver('broker', new BareBroker(memoryDriver({ store: queues, env, leaseMs }))),
      stepper.driver('ledger', memoryDriver({ store: records, env, leaseMs })),
      { env, leaseMs },
    )
  return {
    env,
    queues,
    records,
    driverWith,
    /** One more worker; `stepper` decides over its calls. */
    async open(stepper = new Stepper()): Promise<Hand> {
      const hand = new Hand(driverWith(stepper))
      onTestFinished(() => hand.driver.close().catch(() => {}))
      return hand.open()
    },
  }
}

/** A client on such a pair, in real time; without `ledger` on the bare broker alone. */
export async function bareClient({ ledger = true }: { ledger?: boolean } = {}): Promise<{
  client: Client
  other: Client
}> {
  const [queues, records] = [createMemoryStore(), createMemoryStore()]
  const store = (): Driver => {
    const broker = new BareBroker(memoryDriver({ store: queues }))
    return ledger ? ledgeredDriver(broker, memoryDriver({ store: records })) : broker
  }
  const [client, other] = [await clientOn(store, 'bare:'), await clientOn(store, 'bare:')]
  onTestFinished(async () => {
    await client.close()
    await other.close()
  })
  return { client, other }
}
