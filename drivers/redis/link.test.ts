import { once } from 'node:events'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { opened, trial } from '../../test/support/redis-link.ts'
import { ownRedis, type RedisServer } from '../../test/support/redis.ts'
import { openLink } from './link.ts'

const echo = trial('return {KEYS[1], #ARGV, ARGV[1]}')

/** The names of our connections. */
async function connections(server: RedisServer): Promise<string[]> {
  const list = await server.say('CLIENT', 'LIST')
  return [...list.matchAll(/ name=(fiber-work\S*)/g)].map(([, name]) => name!).toSorted()
}

test('scripts run with the prefix as their key, whether the server knows them or not', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url, installation: 'a' })
  expect(await link.run(echo, ['x', 2])).toEqual(['{a}:', 2, 'x'])
  await server.say('SCRIPT', 'FLUSH')
  expect(await Promise.all([link.run(echo, [1]), link.run(echo, [2])])).toEqual([
    ['{a}:', 1, '1'],
    ['{a}:', 1, '2'],
  ])
  const evals = async () => /cmdstat_eval:calls=(\d+)/.exec(await server.say('INFO', 'commandstats'))![1]
  const before = await evals()
  expect(await link.run(echo, [3])).toEqual(['{a}:', 1, '3'])
  expect(await evals()).toBe(before)
})

test('what one turn sends leaves in one write', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  await link.run(echo, [])
  const reads = async () => Number(/total_reads_processed:(\d+)/.exec(await server.say('INFO', 'stats'))![1])
  const one = await reads()
  const two = await reads()
  await Promise.all([link.run(echo, [1]), link.command('PING'), Promise.resolve().then(() => link.run(echo, [2]))])
  expect((await reads()) - two - (two - one)).toBe(1)
})

test('drivers share it: two connections, until the last has closed', async (context) => {
  const server = await ownRedis(context)
  const link = openLink({ redis: server.url })
  const [facts, again] = await Promise.all([link.open(), link.open()])
  expect(again).toBe(facts)
  expect(await connections(server)).toEqual(['fiber-work'])
  const rang = vi.fn()
  const undo = [link.hear('a', rang), link.hear('b', rang)]
  await vi.waitFor(async () => expect(await connections(server)).toEqual(['fiber-work', 'fiber-work:bell']))
  for (const end of undo) end()
  await link.close()
  expect(await link.command('PING')).toBe('PONG')
  await link.close()
  await expect(link.command('PING')).rejects.toMatchObject({ code: 'FW_DRIVER_CLOSED' })
  expect(() => link.hear('a', rang)).toThrow(expect.objectContaining({ code: 'FW_DRIVER_CLOSED' }))
  await vi.waitFor(async () => expect(await connections(server)).toEqual([]))
  await link.close()
  await link.open()
  expect(await link.command('PING')).toBe('PONG')
  await link.close()
})

test('the bell rings for whom it is rung, once however often', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  const heard: string[] = []
  const end = link.hear('a', () => heard.push('a'))
  link.hear('b', () => heard.push('b'))
  const ring = (...sessions: string[]) => link.command('RPUSH', link.prefix + link.bell, ...sessions)
  await ring('a', 'a', 'nobody')
  await vi.waitFor(() => expect(heard).toEqual(['a']))
  end()
  await ring('a', 'b')
  await vi.waitFor(() => expect(heard).toEqual(['a', 'b']))
})

test('a process that waits sends next to nothing', async (context) => {
  const server = await ownRedis(context)
  const link = await opened({ redis: server.url })
  link.hear('a', () => {})
  const calls = async () => Number(/total_commands_processed:(\d+)/.exec(await server.say('INFO', 'stats'))![1])
  const before = await calls()
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  // One of them is the question itself.
  expect((await calls()) - before).toBeLessThanOrEqual(4)
})

describe("a user's own instance", () => {
  test('is a recipe: nothing is sent over it, its prefix is ours, it is not closed', async (context) => {
    const server = await ownRedis(context, { password: 'pw' })
    const own = new Redis({
      port: server.port,
      password: 'pw',
      keyPrefix: 'app:',
      db: 3,
      stringNumbers: true,
      enableAutoPipelining: true,
    })
    onTestFinished(() => own.disconnect())
    await once(own, 'ready')
    const sent = vi.spyOn(own, 'sendCommand')
    const link = openLink({ redis: own })
    await link.open()
    expect(
      await link.run(trial("redis.call('SET', KEYS[1] .. 'x', 1) return redis.call('STRLEN', KEYS[1] .. 'x')"), []),
    ).toBe(1)
    await link.close()
    expect(sent).not.toHaveBeenCalled()
    expect([await own.get('{fiber-work}:x'), own.status]).toEqual(['1', 'ready'])
  })
})
