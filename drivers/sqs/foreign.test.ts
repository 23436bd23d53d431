import { expect, it } from 'vitest'
import { call, job, opened, settle, sqsApp, take, takeAll } from '../../test/support/sqs.ts'
import { until } from '../../test/support/work.ts'

const named = (name: string) => ({
  MessageAttributes: { 'fiber-work-name': { DataType: 'String', StringValue: name } },
})

async function place(options: { name?: string } = {}) {
  const app = await sqsApp()
  const driver = await opened({ prefix: app.prefix, ...options })
  await take(driver)
  return { app, driver }
}

it('JSON of any producer is a job: its name by an attribute, its id by SQS, its body as input', async () => {
  const { app, driver } = await place()
  await app.send('q', '{"order":7}', named('ship'))
  const [loan] = await take(driver)
  expect(loan!.job).toMatchObject({ name: 'ship', body: '{"v":1,"d":{"order":7}}', queue: 'q', priority: 5 })
  expect(loan!.job.id).toMatch(/^[0-9a-f-]{36}$/)
  expect(await settle(driver, [loan!], { kind: 'retry' })).toEqual(['settled'])
  const [again] = await take(driver)
  expect(again!.job).toEqual(loan!.job)
  expect(again!.attempts).toBe(2)
  expect(await settle(driver, [again!], { kind: 'release' })).toEqual(['settled'])
  const [released] = await take(driver)
  expect(released!.job).toEqual(loan!.job)
  expect(released!.attempts).toBe(2)
  expect(released!.enqueuedAtMs).toBe(loan!.enqueuedAtMs)
})

it('the store may say which job its unnamed messages mean', async () => {
  const { app, driver } = await place({ name: 'ship' })
  await app.send('q', '7')
  const [loan] = await take(driver)
  expect(loan!.job).toMatchObject({ name: 'ship', body: '{"v":1,"d":7}' })
})

it('what SNS wraps is unwrapped, and its attributes count; raw delivery is JSON like any other', async () => {
  const { app, driver } = await place()
  const envelope = {
    Type: 'Notification',
    MessageId: 'x',
    TopicArn: 'arn:aws:sns:eu-central-1:123456789012:orders',
    Message: '{"order":8}',
    MessageAttributes: { 'fiber-work-name': { Type: 'String', Value: 'ship' } },
  }
  await app.send('q', JSON.stringify(envelope))
  await app.send('q', '{"order":9}', named('ship'))
  const loans = await take(driver)
  expect(loans.map(({ job }) => job.body).toSorted()).toEqual(['{"v":1,"d":{"order":8}}', '{"v":1,"d":{"order":9}}'])
})

it.each([
  ['is no JSON', 'hello', named('ship'), 'not JSON'],
  ['names no job', '{}', {}, 'names no job'],
  [
    'has a mark that is no JSON',
    '{}',
    { MessageAttributes: { 'fiber-work': { DataType: 'String', StringValue: '{' } } },
    'cannot be read',
  ],
  [
    'has a mark of another shape',
    '{}',
    { MessageAttributes: { 'fiber-work': { DataType: 'String', StringValue: '{"id":"a","name":"b","headers":7}' } } },
    'not what we write',
  ],
  [
    'says that its body is escaped, and it is not',
    '{}',
    {
      MessageAttributes: { 'fiber-work': { DataType: 'String', StringValue: '{"id":"a","name":"b","escaped":true}' } },
    },
    'not what its attribute says',
  ],
])(
  'a message that %s is dead with the reason, told as broken, and its neighbours run',
  async (_, body, more, reason) => {
    const { app, driver } = await place()
    await app.send('q', body, more)
    await driver.enqueue(call(), [job('good')])
    const { jobs, broken } = await takeAll(driver)
    expect(jobs.map(({ job }) => job.id)).toEqual(['good'])
    expect(broken).toHaveLength(1)
    await until(async () => (await driver.depth(['q']))[0]!.running === 1)
    const [dead] = await app.receive('q-dead')
    expect(dead!.Body).toBe(body)
    expect(dead!.MessageAttributes!['fiber-work-reason']!.StringValue).toContain(reason)
  },
)
