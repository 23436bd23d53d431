import { describe, it } from 'vitest'
import { noRedis } from '../../test/support/bullmq.ts'
import { bullmqHarness } from '../../test/support/bullmq-harness.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

const failed = 'cancelled and quarantined jobs are failed jobs to BullMQ, with the reason'
const colon = 'BullMQ takes no : in a queue name (FW_NAME_INVALID)'
const ownOrder = 'BullMQ keeps a list a state: listing goes queue by queue, state by state, newest first in each'

driverConformance(
  { describe: describe.skipIf(noRedis), it },
  bullmqHarness([
    { law: 'an id is taken in every queue, not in its own alone', reason: 'BullMQ keeps ids by queue' },
    { law: 'dead, quarantined, cancelled are kept with their reason', reason: failed },
    { law: 'a waiting job is cancelled at once', reason: 'it is removed: BullMQ has no state for it' },
    { law: 'a running job goes on, and its worker hears of it by every beat until it settles', reason: failed },
    { law: 'a cancelled job that is retried or released does not run again', reason: failed },
    {
      law: 'delayed jobs are counted as delayed, and as ready once they are due',
      reason: 'BullMQ moves due jobs when a worker asks next, and until then counts them as delayed',
    },
    {
      law: 'an abort in the same moment as a job loses nothing: delivered, or still there',
      reason:
        'BullMQ’s blocking wait cannot be broken off: a job that it brings too late goes back a moment after the abort',
    },
    { law: 'list filters by each field, and by all together', reason: ownOrder },
    { law: 'two queue names are two queues', reason: colon },
    { law: 'names are exact to the inspector too', reason: colon },
  ]),
  evidence('bullmq'),
)
