import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness } from '../../drivers/conformance/index.ts'
import { rabbitmqDriver } from '../../drivers/rabbitmq/index.ts'
import type { Driver } from '../../src/contract/index.ts'
import { rabbitmqPlace } from './rabbitmq.ts'

const noIds = 'a broker knows no ids: a message is added as often as it is sent'

/** Laws that it cannot keep, and why. */
const skip: NonNullable<Harness['skip']> = [
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
]

/** The conformance suite's harness for this driver: each store is a prefix of its own on one broker. */
export function rabbitmqHarness(): Harness {
  return {
    name: 'rabbitmq',
    skip,
    async store() {
      const { url, queueArguments, remove } = rabbitmqPlace()
      const queues = new Set<string>()
      return {
        driver: () => noting(rabbitmqDriver({ url, queueArguments }), queues),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => void (queues.size > 0 && (await remove(queues))),
      }
    },
  }
}

/** AMQP lists no queues: which there are is noted as they are used. */
function noting(driver: Driver, queues: Set<string>): Driver {
  const { enqueue, reserve } = driver
  driver.enqueue = (call, jobs) => {
    for (const { queue } of jobs) queues.add(queue)
    return enqueue.call(driver, call, jobs)
  }
  driver.reserve = (call, want) => {
    for (const { queue } of want.demand) queues.add(queue)
    return reserve.call(driver, call, want)
  }
  return driver
}
