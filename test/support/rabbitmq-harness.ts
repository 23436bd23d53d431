import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness } from '../../drivers/conformance/index.ts'
import { rabbitmqDriver, type RabbitmqOptions } from '../../drivers/rabbitmq/index.ts'
import type { Driver } from '../../src/contract/index.ts'
import { rabbitmqPlace } from './rabbitmq.ts'

/** The conformance suite's harness for this driver: each store is a prefix of its own on one broker. */
export function rabbitmqHarness(skip: Harness['skip'] = [], options: RabbitmqOptions = {}): Harness {
  return {
    name: `rabbitmq${options.type === 'quorum' ? ', quorum queues' : ''}`,
    skip,
    async store() {
      const { url, queueArguments, remove } = rabbitmqPlace()
      const queues = new Set<string>()
      return {
        driver: () => noting(rabbitmqDriver({ url, queueArguments, ...options }), queues),
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
