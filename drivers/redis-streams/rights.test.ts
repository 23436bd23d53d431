import { globSync, readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { ownRedis } from '../../test/support/redis.ts'
import { dead, done, Hand, retry } from '../conformance/hand.ts'
import { inspectorOf } from '../conformance/law.ts'
import { redisStreamsDriver } from './index.ts'

const folder = new URL('.', import.meta.url).pathname
const block = /^ACL SETUSER (.*?)^```/ms.exec(readFileSync(`${folder}README.md`, 'utf8'))![1]!
const rights = block.split(/\s+/).filter((rule) => /^[~+-]|^reset/.test(rule))

test('the README names every command that a script calls, and no right that nothing needs', () => {
  const files = globSync(['scripts/**/*.lua', '../redis-common/scripts/**/*.lua'], { cwd: folder })
  const texts = files.map((path) => readFileSync(folder + path, 'utf8'))
  const called = texts.flatMap((text) =>
    [...text.matchAll(/\b(?:p?call|all)\(\s*'([A-Z]+)'(?:, '([A-Z]+)')?/g)].map(([, name, sub]) =>
      (name === 'XINFO' || name === 'XGROUP' ? `${name}|${sub}` : name!).toLowerCase(),
    ),
  )
  const outside = 'hello info config|get cluster|keyslot cluster|slots eval evalsha fcall function|load xread'.split(
    ' ',
  )
  const granted = rights.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(1))
  expect(granted.toSorted()).toEqual([...new Set([...called, ...outside])].toSorted())
})

test('a user with these rights, and without those that may be left out, can do everything', async (context) => {
  const server = await ownRedis(context)
  const may = rights.filter((rule) => !['+hello', '+info', '+config|get'].includes(rule))
  await server.say('ACL', 'SETUSER', 'jobs', 'on', '>pw', ...may)
  const driver = redisStreamsDriver({ redis: `redis://jobs:pw@127.0.0.1:${server.port}` })
  onTestFinished(() => driver.close())
  await driver.prepare()
  const worker = await new Hand(driver).open()
  const job = (id: string) => ({ id, queue: 'q', name: 'n', priority: 5, body: '{}' })
  const waiting = worker.reserve('q', 1, { waitMs: 5_000, call: { lane: 3, seq: 1 } })
  await worker.add({ ...job('a'), unique: { key: 'k', mode: 'keep', forMs: 1 } })
  await worker.add({ ...job('b'), due: { inMs: 3_600_000 } }, job('c'), job('d'))
  await worker.settle((await waiting).jobs, { kind: 'done', keep: { count: 1, ageMs: 1 } })
  const [one, other] = await worker.take('q')
  await worker.settle([one!], dead)
  await worker.beat({ renew: true, progress: [{ receipt: other!.receipt, value: '1' }] })
  await worker.settle([other!], retry)
  const inspector = inspectorOf(worker)
  expect(await inspector.find(['b', 'c', 'nobody'])).toHaveLength(3)
  await inspector.retry(['b', 'c'])
  await inspector.list({}, { limit: 10 })
  await inspector.sessions()
  await inspector.pause(['q'])
  await inspector.resume(['q'])
  await inspector.audit()
  await worker.driver.ledger!.write([{ key: 'x', value: 'y', forMs: 5 }])
  expect(await worker.driver.ledger!.list('', 5)).toHaveLength(1)
  await worker.settle(await worker.take('q'), done)
  expect(await worker.driver.sweep(10)).toEqual({ taken: 0, more: false })
  await inspector.purge('q', ['done', 'dead', 'ready', 'delayed'], 10)
})
