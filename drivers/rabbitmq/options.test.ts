import { describe, expect, test } from 'vitest'
import { loadAmqplib } from './client.ts'
import { Names } from './names.ts'
import { settingsOf } from './options.ts'

describe('a URL of RabbitMQ', () => {
  test('says where, as whom, and how', () => {
    const { place, type, topology, heartbeatS, consumerTimeoutMs } = settingsOf({
      url: 'amqps://us%40er:p%2Fw@[::1]/my%2Fvhost?prefix=app&type=quorum&topology=passive&heartbeat=30&consumerTimeoutMs=9',
    })
    expect(place).toMatchObject({
      tls: true,
      host: '::1',
      port: 5671,
      user: 'us@er',
      password: 'p/w',
      vhost: 'my/vhost',
    })
    expect([type, topology, heartbeatS, consumerTimeoutMs]).toEqual(['quorum', 'passive', 30, 9])
    expect(place.shown).not.toContain('p/w')
  })

  test('has defaults that suit a worker that may stall for five minutes', () => {
    const { place, type, topology, heartbeatS } = settingsOf({ url: 'amqp://h' })
    expect([place.port, place.user, place.vhost, type, topology]).toEqual([5672, 'guest', '/', 'classic', 'assert'])
    // The last sign of life is half a heartbeat old when the stall begins, and the broker gives up after two.
    expect(heartbeatS * 2 - heartbeatS / 2).toBeGreaterThanOrEqual(300)
  })

  test.for([
    ['http://x', 'is not of the form amqp://'],
    ['amqp://u:secret@h/?prefx=a', 'Did you mean "prefix"'],
    ['amqp://u:secret@h/?type=stream', 'allowed are classic and quorum'],
    ['amqp://u:secret@h/?order=lifo', 'allowed are priority and fifo'],
    ['amqp://u:secret@h/?type=quorum&order=priority', 'quorum queues have none'],
    ['amqp://u:secret@h/?topology=maybe', 'allowed are assert and passive'],
    ['amqp://u:secret@h/?heartbeat=-1', 'heartbeat is "-1"'],
    ['amqp://u:secret@h/?prefix=a.b', 'prefix is "a.b"'],
    ['amqp://u:secret%@h/', 'escapes nothing'],
  ])('that is wrong is refused, and its password is not shown: %s', ([url, part]) => {
    expect(() => settingsOf({ url: url! })).toThrow(expect.objectContaining({ code: 'FW_CONFIG_INVALID' }))
    expect(() => settingsOf({ url: url! })).toThrow(part!)
    expect(() => settingsOf({ url: url! })).not.toThrow('secret')
  })
})

describe('names on the broker', () => {
  test.for(['', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(256)])('that AMQP cannot carry are refused: %j', (name) => {
    expect(() => new Names('').queue(name)).toThrow(expect.objectContaining({ code: 'FW_NAME_INVALID' }))
  })

  test('of the broker’s own are refused without a prefix, and harmless with one', () => {
    expect(() => new Names('').queue('amq.direct')).toThrow('broker’s own')
    expect(new Names('app').queue('amq.direct')).toBe('app.amq.direct')
  })

  test('no two are one, whatever queues are called', () => {
    const names = new Names('p')
    const queues = ['a', 'dead/a', '/dead/a', 'delay-6/a', 'a/dead', '*', '#', 'a.b']
    const all = queues.flatMap((queue) => [names.queue(queue), names.dead(queue), names.rung(queue, 6)])
    expect(new Set([...all, names.dueExchange, names.rungExchange(6)]).size).toBe(all.length + 2)
  })
})

test('a missing package is named', async () => {
  const missing = () => Promise.reject(Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' }))
  await expect(loadAmqplib(missing)).rejects.toMatchObject({
    code: 'FW_DRIVER_MISSING',
    message: expect.stringContaining('npm install amqplib'),
  })
})
