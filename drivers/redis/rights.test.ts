import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { redisRights } from '../../test/support/redis-rights.ts'
import { ownRedis } from '../../test/support/redis.ts'
import { redisDriver } from './index.ts'

const folder = new URL('.', import.meta.url).pathname

test('the README names every command that a script calls, and no right that nothing needs', () => {
  const scripts = globSync(['scripts/**/*.lua', '../redis-common/scripts/**/*.lua'], { cwd: folder }).map((path) =>
    readFileSync(folder + path, 'utf8'),
  )
  const called = scripts.flatMap((text) =>
    [...text.matchAll(/\b(?:call|all)\(\s*'([A-Z]+)'/g)].map(([, name]) => name!.toLowerCase()),
  )
  const outside = [
    'hello',
    'info',
    'config|get',
    'cluster|keyslot',
    'cluster|slots',
    'eval',
    'evalsha',
    'fcall',
    'function|load',
    'blmpop',
  ]
  const granted = redisRights()
    .filter((rule) => rule.startsWith('+'))
    .map((rule) => rule.slice(1))
  expect(granted.toSorted()).toEqual([...new Set([...called, ...outside])].toSorted())
})

test('a user with these rights, and without those that may be left out, opens', async (context) => {
  const server = await ownRedis(context)
  const may = redisRights().filter((rule) => !['+hello', '+info', '+config|get'].includes(rule))
  await server.say('ACL', 'SETUSER', 'jobs', 'on', '>pw', ...may)
  const driver = redisDriver({ redis: `redis://jobs:pw@127.0.0.1:${server.port}` })
  await driver.prepare()
  await driver.open()
  const job = { id: 'a', queue: 'q', name: 'n', priority: 5, body: '{}' }
  expect(await driver.enqueue({ lane: 0, seq: 1 }, [job])).toEqual([{ outcome: 'added', id: 'a' }])
  await driver.close()
})
