import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness } from '../../drivers/conformance/index.ts'
import { sqsDriver } from '../../drivers/sqs/index.ts'
import { sharedSqs, sqsPrefix } from './sqs.ts'

/** The conformance suite's harness for this driver: each store is a prefix of its own on one server. */
export function sqsHarness(skip: Harness['skip'] = []): Harness {
  return {
    name: 'sqs',
    skip,
    promptMs: 1_500,
    async store() {
      const url = await sharedSqs()
      const prefix = sqsPrefix()
      return {
        driver: ({ leaseMs }) => sqsDriver({ url, prefix, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        async close() {},
      }
    },
  }
}
