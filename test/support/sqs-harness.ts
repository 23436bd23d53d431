import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness } from '../../drivers/conformance/index.ts'
import { sqsDriver } from '../../drivers/sqs/index.ts'
import { sharedSqs, sqsPrefix } from './sqs.ts'

const ids =
  'SQS keeps no ids: a message that is sent twice is there twice (a FIFO queue drops the second within 5 minutes)'

/** Laws that it cannot keep, and why. */
const skip: NonNullable<Harness['skip']> = [
  { law: 'an id that is stored already is a duplicate, and the first one stays as it was', reason: ids },
  { law: 'an id is taken in every queue, not in its own alone', reason: ids },
  { law: 'an id that runs is a duplicate, and the running job is not touched', reason: ids },
  {
    law: 'an abort in the same moment as a job loses nothing: delivered, or still there',
    reason:
      'a receive cannot be broken off without losing what it brings: the next reserve has that, or it goes back a second later (waiting.test.ts)',
  },
  {
    law: 'delayed jobs are counted as delayed, and as ready once they are due',
    reason: 'the server that the tests run on counts a due message as delayed until somebody receives',
  },
  {
    law: 'two queue names are two queues',
    reason: 'SQS takes 80 characters (FW_NAME_INVALID); shorter names are all told apart (names.test.ts)',
  },
]

/** The conformance suite's harness for this driver: each store is a prefix of its own on one server. */
export function sqsHarness(): Harness {
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
