import { expect, it } from 'vitest'
import { call, idsOf, job, opened, settle, sqsApp, take } from '../../test/support/sqs.ts'
import { sqsWeather } from '../../test/support/sqs-weather.ts'
import { Lines } from './fifo.ts'
import type { SqsDriver } from './index.ts'

const queue = 'q.fifo'
const inLine = (group: string, ...ids: string[]) => ids.map((id) => job(id, { queue, group }))

/** Takes and ends one job after the other until none comes. */
async function drain(driver: SqsDriver): Promise<string[]> {
  const ids: string[] = []
  for (let loans = await take(driver, queue); loans.length > 0; loans = await take(driver, queue)) {
    ids.push(...idsOf(loans))
    await settle(driver, loans, { kind: 'done' })
  }
  return ids
}

it('jobs of a group come in their order, one at a time, and other groups do not wait for them', async () => {
  const driver = await opened()
  await driver.enqueue(call(), [...inLine('a', 'a1', 'a2', 'a3'), ...inLine('b', 'b1'), job('none', { queue })])
  const first = await take(driver, queue)
  expect(idsOf(first).toSorted()).toEqual(['a1', 'b1', 'none'])
  expect(idsOf(await take(driver, queue))).toEqual([])
  await settle(
    driver,
    first.filter(({ job }) => job.id === 'a1'),
    { kind: 'done' },
  )
  expect(await drain(driver)).toEqual(['a2', 'a3'])
})

it('a job that is tried again keeps its place: what stands behind it waits', async () => {
  const driver = await opened()
  await driver.enqueue(call(), inLine('a', 'a1', 'a2'))
  const first = await take(driver, queue)
  expect(await settle(driver, first, { kind: 'retry', due: { inMs: 900 } })).toEqual(['settled'])
  expect(idsOf(await take(driver, queue))).toEqual([])
  const [again] = await take(driver, queue, { waitMs: 3_000 })
  expect([again!.job.id, again!.attempts]).toEqual(['a1', 2])
  expect(await settle(driver, [again!], { kind: 'release' })).toEqual(['settled'])
  expect(await drain(driver)).toEqual(['a1', 'a2'])
})

it('a delayed job waits hidden at the head of its group, and that is no attempt', async () => {
  const driver = await opened()
  await driver.enqueue(call(), [job('late', { queue, group: 'a', due: { inMs: 2_400 } }), ...inLine('b', 'b1')])
  expect(idsOf(await take(driver, queue))).toEqual(['b1'])
  const [late] = await take(driver, queue, { waitMs: 5_000 })
  expect([late!.job.id, late!.attempts]).toEqual(['late', 1])
  const far = job('far', { queue, due: { inMs: 12 * 3_600_000 } })
  await expect(driver.enqueue(call(), [far])).rejects.toMatchObject({ code: 'FW_JOB_INVALID' })
})

it('an id is sent once in five minutes', async () => {
  const driver = await opened()
  await driver.enqueue(call(), inLine('a', 'a1'))
  await driver.enqueue(call(), inLine('a', 'a1', 'a2'))
  expect(await drain(driver)).toEqual(['a1', 'a2'])
})

it('groups and ids that SQS does not take are hashed, and come back as they were', async () => {
  const driver = await opened()
  const odd = job('an id with é', { queue, group: 'a group \n'.repeat(20) })
  await driver.enqueue(call(), [odd])
  const [loan] = await take(driver, queue)
  expect(loan!.job).toEqual(odd)
})

it('a batch that fails in the middle reorders nothing', async () => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url })
  let batches = 0
  const once = call()
  weather.hurt = ({ action }) => {
    if (action !== 'SendMessageBatch' || ++batches !== 2) return undefined
    return { body: { Successful: [], Failed: [{ Id: '0', Code: 'InvalidParameterValue', SenderFault: true }] } }
  }
  const jobs = inLine('a', 'a1', 'a2', 'a3', 'a4')
  await expect(driver.enqueue(once, jobs)).rejects.toMatchObject({ code: 'FW_STORE_FAILED' })
  expect(batches).toBe(2)
  await driver.enqueue(once, jobs)
  expect(await drain(driver)).toEqual(['a1', 'a2', 'a3', 'a4'])
  for (const { action, input } of weather.seen) {
    if (action !== 'SendMessageBatch') continue
    expect(input['Entries']).toHaveLength(1)
  }
})

it('dead letters of a FIFO queue are in a FIFO queue', async () => {
  const app = await sqsApp()
  const driver = await opened({ prefix: app.prefix })
  await driver.enqueue(call(), inLine('a', 'a1', 'a2'))
  expect(await settle(driver, await take(driver, queue), { kind: 'dead', reason: 'no luck' })).toEqual(['settled'])
  expect(await app.receive('q-dead.fifo')).toHaveLength(1)
  expect(await drain(driver)).toEqual(['a2'])
})

it('lines: SQS may hand out several of a group at once, and here they take turns', () => {
  const lines = new Lines<{ line: string | undefined; n: number }>()
  const loans = [0, 1, 2].map((n) => ({ line: 'a', n }))
  const free = { line: undefined, n: 9 }
  expect([...loans, free].map((loan) => lines.admit(loan))).toEqual([true, false, false, true])
  expect(lines.next(loans[1]!)).toBeUndefined()
  expect(lines.next(loans[0]!)).toBe(loans[1])
  expect(lines.scatter(loans[1]!)).toEqual([loans[2]])
  expect(lines.scatter(loans[1]!)).toEqual([])
  expect(lines.admit(loans[2]!)).toBe(true)
  expect(lines.next(loans[2]!)).toBeUndefined()
  expect(lines.admit(loans[0]!)).toBe(true)
})
