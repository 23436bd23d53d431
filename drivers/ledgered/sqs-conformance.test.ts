import { describe, it } from 'vitest'
import { ledgeredHarness } from '../../test/support/ledgered-harness.ts'
import { sharedRedis } from '../../test/support/redis.ts'
import { sqsHarness } from '../../test/support/sqs-harness.ts'
import { driverConformance } from '../conformance/index.ts'

const names = 'SQS takes 80 characters (FW_NAME_INVALID); shorter names are all told apart (drivers/sqs/names.test.ts)'
const skip = [
  {
    law: 'an abort in the same moment as a job loses nothing: delivered, or still there',
    reason: 'a receive cannot be broken off without losing what it brings: the next reserve has that',
  },
  {
    law: 'delayed jobs are counted as delayed, and as ready once they are due',
    reason: 'the server that the tests run on counts a due message as delayed until somebody receives',
  },
  {
    law: 'an audit of a sound store repairs nothing',
    reason: 'it repairs nothing, but the law counts too: SQS counts what waits for its retry as in flight',
  },
  {
    law: 'depth tells how long the oldest ready job has waited',
    reason: 'SQS tells that its metrics, not who asks for the attributes of a queue',
  },
  { law: 'two queue names are two queues', reason: names },
  { law: 'names are exact to the inspector too', reason: names },
]

const url = await sharedRedis()
if (url === undefined) it('the laws of the driver seam', (context) => context.skip('needs Redis'))
else driverConformance({ describe, it }, ledgeredHarness(sqsHarness(), url, skip))
