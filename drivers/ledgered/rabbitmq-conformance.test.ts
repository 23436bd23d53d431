import { describe, it } from 'vitest'
import { ledgeredHarness } from '../../test/support/ledgered-harness.ts'
import { noRabbitmq } from '../../test/support/rabbitmq.ts'
import { rabbitmqHarness } from '../../test/support/rabbitmq-harness.ts'
import { sharedRedis } from '../../test/support/redis.ts'
import { driverConformance } from '../conformance/index.ts'

const skip = [
  {
    law: 'a released job goes before those that were never taken, and behind higher priorities',
    reason: 'RabbitMQ has it published anew, behind those of its priority',
  },
  {
    law: 'an abort in the same moment as a job loses nothing: delivered, or still there',
    reason:
      'AMQP does not tell what another session holds; drivers/rabbitmq/delivery.test.ts counts what comes out instead',
  },
  {
    law: 'depth tells how long the oldest ready job has waited',
    reason: 'AMQP does not tell how long a message has waited',
  },
]

const url = await sharedRedis()
if (url === undefined || noRabbitmq)
  it('the laws of the driver seam', (context) => context.skip('needs RabbitMQ and Redis'))
else driverConformance({ describe, it }, ledgeredHarness(rabbitmqHarness(), url, skip))
