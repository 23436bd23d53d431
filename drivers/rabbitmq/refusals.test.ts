import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../stress/servers/redis.ts'
import { aJob, noRabbitmq, rabbitmqWorld } from '../../test/support/rabbitmq.ts'
import { rabbitmqDriver } from './index.ts'

const refused = (url: string) => rabbitmqDriver({ url }).open()

describe.skipIf(noRabbitmq)('one clear line for', () => {
  test('a wrong password, which is not shown', async () => {
    const { url } = await rabbitmqWorld()
    const wrong = url.replace(/\/\/[^@]*@/, '//guest:hunter2@')
    await expect(refused(wrong)).rejects.toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: false,
      message: expect.stringMatching(/user name or the password is wrong(?!.*hunter2)/),
    })
  })

  test('a vhost that does not exist', async () => {
    const { url } = await rabbitmqWorld()
    await expect(refused(url.replace('/?', '/nowhere?'))).rejects.toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining('no such vhost'),
    })
  })

  test('a port where nobody listens, and one where nobody speaks AMQP', async () => {
    await expect(refused(`amqp://127.0.0.1:${await freePort()}`)).rejects.toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: true,
      message: expect.stringContaining('nobody listens'),
    })
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(refused(`amqp://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED' })
  })

  test('TLS that is refused', async () => {
    const { url } = await rabbitmqWorld()
    const port = new URL(url).port || '5672'
    await expect(refused(`amqps://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED' })
  })

  test('a queue with other arguments: what differs is named', async () => {
    const { open, channel, names } = await rabbitmqWorld()
    await channel.assertQueue(names.queue('q'), {
      durable: true,
      arguments: { 'x-max-priority': 3, 'x-expires': 60_000 },
    })
    const a = await open()
    await expect(a.enqueue([aJob()])).rejects.toMatchObject({
      code: 'FW_CONFIG_INVALID',
      message: expect.stringMatching(/exists and is another than ours: 'x-max-priority'.*topology=passive/),
    })
    // And nobody else is hindered.
    await a.add(aJob({ queue: 'r' }))
  })

  test('that queue, used as it is', async () => {
    const { open, channel, names } = await rabbitmqWorld()
    await channel.assertQueue(names.queue('q'), {
      durable: true,
      arguments: { 'x-max-priority': 3, 'x-expires': 60_000 },
    })
    const a = await open({ topology: 'passive' })
    await expect(a.enqueue([aJob()])).rejects.toMatchObject({
      code: 'FW_CONFIG_INVALID',
      message: expect.stringMatching(/\/dead\/q" does not exist, and topology=passive/),
    })
    await channel.assertQueue(names.dead('q'), { durable: true, arguments: { 'x-expires': 60_000 } })
    const job = aJob()
    await a.add(job)
    expect((await a.takeOne('q')).job.id).toBe(job.id)
  })

  test('headers that have no room in a frame', async () => {
    const { open } = await rabbitmqWorld()
    const a = await open()
    await expect(a.enqueue([aJob({ headers: { big: 'x'.repeat(200_000) } })])).rejects.toMatchObject({
      code: 'FW_JOB_INVALID',
    })
    await a.add(aJob())
  })
})
