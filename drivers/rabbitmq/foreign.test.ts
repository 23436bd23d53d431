import { describe, expect, test, vi } from 'vitest'
import type { Reservation } from '../../src/contract/index.ts'
import { noRabbitmq, rabbitmqWorld } from '../../test/support/rabbitmq.ts'
import { done } from '../conformance/hand.ts'

describe.skipIf(noRabbitmq)('plain messages of any producer', () => {
  test('the name is in a header, in the type, or it is the routing key', async () => {
    const { open, channel, names, prefix } = await rabbitmqWorld()
    const a = await open()
    expect(await a.take('q')).toEqual([])
    const send = (content: string, options: object) =>
      channel.sendToQueue(names.queue('q'), Buffer.from(content), options)
    send('{"to":"a"}', {
      headers: { 'fiber-work-name': 'mail', traceparent: '00-a-b-01' },
      type: 'other',
      messageId: 'm1',
    })
    send(' [1] ', { type: 'list' })
    await channel.assertExchange(`${prefix}-theirs`, 'topic')
    await channel.bindQueue(names.queue('q'), `${prefix}-theirs`, '#')
    channel.publish(`${prefix}-theirs`, 'order.paid', Buffer.from('null'))
    const jobs: Reservation[] = []
    while (jobs.length < 3) jobs.push(...(await a.reserve('q', 3, { waitMs: 2_000 })).jobs)
    await channel.deleteExchange(`${prefix}-theirs`)
    expect(jobs.map(({ job: { name, body, headers } }) => [name, body, headers])).toEqual([
      ['mail', '{"v":1,"d":{"to":"a"}}', { traceparent: '00-a-b-01' }],
      ['list', '{"v":1,"d": [1] }', undefined],
      ['order.paid', '{"v":1,"d":null}', undefined],
    ])
    expect(jobs[0]!.job.id).toBe('m1')
    // From then on it is one of ours.
    await a.settleOne(jobs[0]!, { kind: 'retry' })
    const again = await a.takeOne('q')
    expect([again.job.id, again.attempts, again.job.body]).toEqual(['m1', 2, '{"v":1,"d":{"to":"a"}}'])
  })

  test(
    'what is no job goes to the dead letters with the reason, and holds nobody up',
    { timeout: 30_000 },
    async () => {
      const { open, channel, names } = await rabbitmqWorld()
      const a = await open()
      await a.take('q')
      const bad: [Buffer, object][] = [
        [Buffer.from(''), { type: 'work' }],
        [Buffer.from('{'), { type: 'work' }],
        [Buffer.from([0xff, 0xfe, 0x00]), { type: 'work' }],
        [Buffer.alloc(17 * 1_024 * 1_024, 120), { type: 'work' }],
        [Buffer.from('{}'), {}],
        [Buffer.from('{}'), { type: '../x' }],
        [
          Buffer.from('{}'),
          {
            headers: {
              'fiber-work-name': 7,
              at: { '!': 'timestamp', value: 1 },
              deep: { a: [1, { b: null }] },
              n: null,
            },
          },
        ],
      ]
      for (const [content, options] of bad) channel.sendToQueue(names.queue('q'), content, options)
      channel.sendToQueue(names.queue('q'), Buffer.from('1'), {
        type: 'good',
        headers: { odd: { a: 1 }, when: { '!': 'timestamp', value: 2 } },
      })
      const { jobs } = await a.reserve('q', 100, { waitMs: 20_000 })
      expect(jobs.map(({ job }) => job.name)).toEqual(['good'])
      await a.settle(jobs, done)
      await vi.waitFor(async () => expect((await channel.checkQueue(names.dead('q'))).messageCount).toBe(bad.length), {
        timeout: 10_000,
      })
      const reasons: string[] = []
      for (let i = 0; i < bad.length; i++) {
        const letter = await channel.get(names.dead('q'), { noAck: true })
        if (letter) reasons.push(String(letter.properties.headers!['fiber-work-reason']))
      }
      const told = reasons.toSorted().join('\n')
      for (const part of ['is empty', 'not JSON', 'not UTF-8', '17825792 bytes', 'no name of a job', '"../x"'])
        expect(told).toContain(part)
      expect((await a.depth('q')).ready).toBe(0)
    },
  )

  test('a message that claims to be ours and is nonsense is a job of nonsense, not an error', async () => {
    const { open, channel, names } = await rabbitmqWorld()
    const a = await open()
    await a.take('q')
    const headers = {
      'fiber-work-attempts': -3,
      'fiber-work-crashes': 'x',
      'fiber-work-tags': '{',
      'fiber-work-headers': '7',
    }
    channel.sendToQueue(names.queue('q'), Buffer.from('?'), {
      type: 'work',
      messageId: 'n',
      appId: 'fiber-work/1',
      headers,
    })
    const { jobs } = await a.reserve('q', 1, { waitMs: 5_000 })
    expect(jobs.map(({ job, attempts, crashes }) => [job.body, attempts, crashes])).toEqual([['?', 1, 0]])
  })
})
