import { describe, it } from 'vitest'
import { noRabbitmq } from '../../test/support/rabbitmq.ts'
import { rabbitmqHarness } from '../../test/support/rabbitmq-harness.ts'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'

const noIds = 'a broker knows no ids: a message is added as often as it is sent'

driverConformance(
  { describe: describe.skipIf(noRabbitmq), it },
  rabbitmqHarness([
    { law: 'an id that is stored already is a duplicate, and the first one stays as it was', reason: noIds },
    { law: 'an id is taken in every queue, not in its own alone', reason: noIds },
    { law: 'an id that runs is a duplicate, and the running job is not touched', reason: noIds },
    {
      law: 'a released job goes before those that were never taken, and behind higher priorities',
      reason:
        'it is published anew, and comes behind those of its priority: taken back, it would look like one whose worker died',
    },
    {
      law: 'waitedMs counts from the due time',
      reason: 'a broker has no clock to ask: a delay counts from when the job was sent, and its confirm takes a moment',
    },
    {
      law: 'an abort in the same moment as a job loses nothing: delivered, or still there',
      reason: 'AMQP does not tell what another session holds; delivery.test.ts counts what comes out instead',
    },
  ]),
  evidence('rabbitmq'),
)
