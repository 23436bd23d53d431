import { memoryDriver } from '../../drivers/memory/index.ts'
import type { Driver } from '../../src/contract/driver.ts'

/** An open driver on a store of its own, in which one job waits in each of these queues, as often as it is named. */
export async function memory(queues: readonly string[]): Promise<{ driver: Driver }> {
  const driver = memoryDriver()
  await driver.prepare()
  await driver.open()
  const jobs = queues.map((queue, n) => ({ id: `job-${n}`, queue, name: 'send', priority: 5, body: '{}' }))
  await driver.enqueue({ lane: 0, seq: 1 }, jobs)
  return { driver }
}
