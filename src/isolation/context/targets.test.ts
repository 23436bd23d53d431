import { expect, it } from 'vitest'
import { defineContextProbe } from './define.ts'
import { type TargetSources, targetsOf } from './targets.ts'

const own = [defineContextProbe('mine', { open: () => 1, promise: async () => {} })]
const targets = (sources: Partial<TargetSources> = {}) =>
  targetsOf({ asked: [], own, storeUrl: 'sqlite:./x.db', variables: {}, ...sources })
const urls = (sources: Partial<TargetSources>) =>
  Object.fromEntries(targets(sources).flatMap(({ name, url }) => (url === undefined ? [] : [[name, url]])))

it('all that are known, and one’s own', () => {
  expect(targets().map(({ name }) => name)).toEqual(
    'mine,ioredis,pg,mysql2,rabbitmq-client,undici,fetch,node:http,node:sqlite'.split(','),
  )
  expect(
    targets()
      .filter(({ asked }) => asked)
      .map(({ name }) => name),
  ).toEqual(['mine'])
})

it('takes URLs from the variables that fit, and from the store', () => {
  const variables = { REDIS_URL: 'redis://a', DATABASE_URL: 'mysql://b', AMQP_URL: 'amqp://c', MYSQL_URL: '' }
  expect(urls({ variables })).toEqual({ ioredis: 'redis://a', mysql2: 'mysql://b', 'rabbitmq-client': 'amqp://c' })
  expect(urls({ variables: { DATABASE_URL: 'postgres://b', REDIS_URL: 'no url' } })).toEqual({ pg: 'postgres://b' })
  expect(urls({ storeUrl: 'bullmq+redis://u:p@a:1/2?prefix=shop' })).toEqual({ ioredis: 'redis://u:p@a:1/2' })
})

it('looks only at those that are asked for, by whatever name', () => {
  const asked = targets({
    asked: ['redis=rediss://a?x=1', 'mine', 'postgres'],
    variables: { POSTGRES_URL: 'postgres://p' },
  })
  expect(asked.map(({ name, url }) => [name, url])).toEqual([
    ['ioredis', 'rediss://a?x=1'],
    ['mine', undefined],
    ['pg', 'postgres://p'],
  ])
  expect(asked.every((target) => target.asked)).toBe(true)
})

it.each([
  ['iredis', 'Did you mean ioredis?'],
  ['zzz', 'Known are mine, ioredis'],
  ['pg=redis://a', 'begins with postgres:// or postgresql://'],
  ['pg=', 'begins with'],
  ['fetch=http://a', 'fetch takes no URL'],
  ['mine=http://a', 'mine takes no URL'],
])('refuses --client %s', (client, says) => expect(() => targets({ asked: [client] })).toThrow(says))
