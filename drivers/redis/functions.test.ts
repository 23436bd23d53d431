import { expect, test } from 'vitest'
import { redisRights } from '../../test/support/redis-rights.ts'
import { opened } from '../../test/support/redis-link.ts'
import { ownRedis, type RedisServer } from '../../test/support/redis.ts'
import { library, loadScript } from './script.ts'

const queues = loadScript('queues')

/** How often the server ran this command for us. */
async function ran(server: RedisServer, command: string): Promise<number> {
  const stats = await server.say('INFO', 'commandstats')
  return Number(new RegExp(`^cmdstat_${command.replace('|', '\\|')}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
}

test('a server that does not know our library gets it once, also after it was flushed', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  for (const round of [1, 2]) {
    expect(await link.run(queues, ['0'])).toEqual(['0', []])
    expect(await link.run(queues, ['0'])).toEqual(['0', []])
    expect(await ran(server, 'function|load')).toBe(round)
    expect(await server.say('FUNCTION', 'LIST')).toContain(library.name)
    await server.say('FUNCTION', 'FLUSH')
  }
  expect(await ran(server, 'evalsha')).toBe(0)
})

test('many at once, and another release beside: everybody is answered', async (context) => {
  const server = await ownRedis(context)
  await server.say(
    'FUNCTION',
    'LOAD',
    `#!lua name=fiber_work_0\nredis.register_function('fiber_work_0_queues', function() return 0 end)`,
  )
  const link = await opened({ redis: server.url })
  const answers = await Promise.all(Array.from({ length: 50 }, () => link.run(queues, ['0'])))
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['["0",[]]']))
  expect(await server.say('FCALL', 'fiber_work_0_queues', 0)).toBe('0')
})

test.for([[['+fcall']], [['+function|load']], [['+fcall', '+function|load']]] as [string[]][])(
  'who may not have %s has scripts',
  async ([withheld], context) => {
    const server = await ownRedis(context)
    const may = redisRights().filter((rule) => !withheld.includes(rule))
    await server.say('ACL', 'SETUSER', 'jobs', 'on', '>pw', ...may)
    const link = await opened({ redis: `redis://jobs:pw@127.0.0.1:${server.port}` })
    for (let i = 0; i < 3; i++) expect(await link.run(queues, ['0'])).toEqual(['0', []])
    expect(await ran(server, 'evalsha')).toBe(3)
    expect(await ran(server, 'function|load')).toBe(0)
  },
)

test('a memory that is full has no room for the library: scripts serve, and it is tried again', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  await server.say('CONFIG', 'SET', 'maxmemory', 1)
  expect(await link.run(loadScript('resume'), ['q'])).toBe(1)
  expect(await ran(server, 'evalsha')).toBe(1)
  await server.say('CONFIG', 'SET', 'maxmemory', 0)
  expect(await link.run(loadScript('resume'), ['q'])).toBe(1)
  expect(await ran(server, 'function|load')).toBe(1)
})

test('a line of a script is found in the library', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url, installation: 'a' })
  await server.say('SET', '{a}:queues', 'mine')
  await expect(link.run(queues, ['0'])).rejects.toMatchObject({
    code: 'FW_STORE_CORRUPT',
    message: expect.stringContaining("of queues: local scan = call('SSCAN'"),
  })
})
