import { setTimeout as sleep } from 'node:timers/promises'
import { bullmqDriver } from '../../drivers/bullmq/index.ts'
import type { Harness } from '../../drivers/conformance/index.ts'
import { bullmqPlace } from './bullmq.ts'

/** The conformance suite's harness for this driver: each store is a prefix of its own on one server. */
export function bullmqHarness(skip: Harness['skip'] = []): Harness {
  return {
    name: 'bullmq',
    skip,
    async store() {
      const { url, remove } = bullmqPlace()
      return {
        driver: ({ leaseMs }) => bullmqDriver({ url, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: remove,
      }
    },
  }
}

/** For random runs: which of the things that a run would do BullMQ does in its own way. */
export const bullmqModelHarness = (): Harness =>
  bullmqHarness([
    { law: 'an id is taken in every queue, not in its own alone', reason: 'BullMQ keeps ids by queue' },
    { law: 'a waiting job is cancelled at once', reason: 'it is removed: BullMQ has no state for it' },
  ])
