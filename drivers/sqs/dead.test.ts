import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { call, job, opened, settle, sqsApp, take } from '../../test/support/sqs.ts'
import { sqsWeather } from '../../test/support/sqs-weather.ts'

it('the dead of a queue lie in <queue>-dead, as they were, with outcome and reason', async () => {
  const app = await sqsApp()
  const driver = await opened({ prefix: app.prefix })
  await driver.enqueue(call(), [job('a', { group: 'g' }), job('b'), job('c')])
  const loans = await take(driver)
  const verdicts = (['dead', 'quarantined', 'cancelled'] as const).map((kind) => ({
    kind,
    reason: `${kind} \u0000 why`,
  }))
  const items = loans.map(({ receipt }, i) => ({ receipt, verdict: verdicts[i]! }))
  expect((await driver.settle(call(), items)).map(({ outcome }) => outcome)).toEqual(Array(3).fill('settled'))
  const [depth] = await driver.depth(['q'])
  expect(depth).toMatchObject({ ready: 0, running: 0, dead: 3 })
  const dead = await app.receive('q-dead')
  const outcomes = dead.map(({ MessageAttributes: it }) => it!['fiber-work-outcome']!.StringValue)
  expect(new Set(outcomes)).toEqual(new Set(['cancelled', 'dead', 'quarantined']))
  expect(dead[0]!.MessageAttributes!['fiber-work-reason']!.StringValue).toMatch(/^\w+ \\u0000 why$/)
  expect(new Set(dead.map(({ Body }) => Body))).toEqual(new Set(['a', 'b', 'c'].map((id) => job(id).body)))
})

it('a redrive policy says where they go instead, and what is moved back is a job as before', async () => {
  const app = await sqsApp()
  const driver = await opened({ prefix: app.prefix })
  const graves = await app.client.send(new CreateQueueCommand({ QueueName: `${app.prefix}graves` }))
  const asked = { QueueUrl: graves.QueueUrl, AttributeNames: ['QueueArn' as const] }
  const { Attributes } = await app.client.send(new GetQueueAttributesCommand(asked))
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes!['QueueArn'], maxReceiveCount: 50 })
  await app.client.send(new CreateQueueCommand({ QueueName: `${app.prefix}q`, Attributes: { RedrivePolicy } }))
  await driver.enqueue(call(), [job('a', { tags: ['t'] })])
  const [loan] = await take(driver)
  expect(await settle(driver, [loan!], { kind: 'dead', reason: 'no luck' })).toEqual(['settled'])
  const [dead] = await app.receive('graves')
  await expect(app.receive('q-dead')).rejects.toThrow('does not exist')
  await app.send('q', dead!.Body!, { MessageAttributes: dead!.MessageAttributes })
  const [again] = await take(driver)
  expect(again!.job).toEqual(loan!.job)
  expect(again!.attempts).toBe(1)
})

it('a dead letter is not sent twice when its deletion had to be repeated', async () => {
  const weather = await sqsWeather()
  const app = await sqsApp()
  const driver = await opened({ prefix: app.prefix, url: weather.url })
  await driver.enqueue(call(), [job('a')])
  const [loan] = await take(driver)
  let refused = 0
  weather.hurt = ({ action }) => (action === 'DeleteMessageBatch' && refused++ < 3 ? { status: 500 } : undefined)
  const verdict = { kind: 'dead', reason: 'no luck' } as const
  const once = call()
  await expect(driver.settle(once, [{ receipt: loan!.receipt, verdict }])).rejects.toMatchObject({ retryable: true })
  expect(await driver.settle(once, [{ receipt: loan!.receipt, verdict }])).toEqual([{ outcome: 'settled' }])
  expect(refused).toBe(4)
  expect(await app.receive('q-dead')).toHaveLength(1)
})
