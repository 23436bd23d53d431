import { execFileSync } from 'node:child_process'
import { expect, test, type TestContext } from 'vitest'
import { type StreamsPlace, streamsPlace } from '../../test/support/redis-streams-harness.ts'
import { done } from '../conformance/hand.ts'

/** What somebody without a line of our code does. */
function redisCli({ url, key }: StreamsPlace, queue: string, ...fields: string[]): string {
  const { hostname, port } = new URL(url)
  const command = ['-h', hostname, '-p', port, 'XADD', key(`queue:${queue}`), '*', ...fields]
  return execFileSync('redis-cli', command, { encoding: 'utf8' }).trim()
}

async function scene(context: TestContext) {
  const place = await streamsPlace(context)
  return { place, worker: await place.open() }
}

/** Reasons by name of the job, of what lies among the dead. */
async function dead({ redis, key }: StreamsPlace, queue: string): Promise<Record<string, string>[]> {
  const entries = await redis.xrange(key(`dead:${queue}`), '-', '+')
  return entries.map(([, fields]) =>
    Object.fromEntries(fields.flatMap((field, i) => (i % 2 === 0 ? [[field, fields[i + 1]!]] : []))),
  )
}

test('redis-cli enqueues, and a worker that waits gets it at once', async (context) => {
  const { place, worker } = await scene(context)
  const waiting = worker.reserve('emails', 10, { waitMs: 5_000 })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const entry = redisCli(place, 'emails', 'name', 'send', 'body', '{"to":"ada@example.org"}')
  const { jobs } = await waiting
  expect(jobs).toMatchObject([
    {
      attempts: 1,
      crashes: 0,
      job: {
        id: `emails:${entry}`,
        name: 'send',
        queue: 'emails',
        priority: 5,
        body: '{"v":1,"d":{"to":"ada@example.org"}}',
      },
    },
  ])
  expect(await worker.settleOne(jobs[0]!, done)).toBe('settled')
  expect(await place.redis.xlen(place.key('queue:emails'))).toBe(0)
})

test('entries from before the first worker are not forgotten, and all that a job may have is read', async (context) => {
  const { place, worker } = await scene(context)
  const headers = '{"traceparent":"00-a-b-01"}'
  redisCli(
    place,
    'q',
    'name',
    'work',
    'id',
    'order-7',
    'body',
    '[1]',
    'group',
    'acme',
    'priority',
    '8',
    'tags',
    '["x"]',
    'headers',
    headers,
  )
  const { job } = await worker.takeOne('q')
  expect(job).toEqual({
    id: 'order-7',
    queue: 'q',
    name: 'work',
    priority: 8,
    group: 'acme',
    tags: ['x'],
    headers: { traceparent: '00-a-b-01' },
    body: '{"v":1,"d":[1]}',
  })
})

test('a retry keeps what was written, and counts', async (context) => {
  const { place, worker } = await scene(context)
  const entry = redisCli(place, 'q', 'name', 'work', 'body', '7')
  await worker.settleOne(await worker.takeOne('q'), { kind: 'retry', error: 'no luck' })
  expect(await worker.takeOne('q')).toMatchObject({ attempts: 2, job: { id: `q:${entry}`, body: '{"v":1,"d":7}' } })
})

test('one that is due later waits', async (context) => {
  const { place, worker } = await scene(context)
  redisCli(place, 'q', 'name', 'late', 'body', '1', 'dueAt', String(Date.now() + 3_600_000))
  expect(await worker.takeIds('q')).toEqual([])
  expect(await worker.depth('q')).toMatchObject({ delayed: 1, ready: 0, running: 0 })
})

test.for<[string, string[]]>([
  ['it has no name', ['body', '1']],
  ['its name is empty', ['name', '', 'body', '1']],
  ['it has no body', ['name', 'work']],
  ['its body is not JSON', ['name', 'work', 'body', '{"a":']],
  ['a body and a sealed one', ['name', 'work', 'body', '1', 'sealed', '{"v":1}']],
  ['unknown field "delay_ms"', ['name', 'work', 'body', '1', 'delay_ms', '5']],
  ['its priority is not', ['name', 'work', 'body', '1', 'priority', 'high']],
  ['its tags are not', ['name', 'work', 'body', '1', 'tags', '["a",1]']],
  ['its failures are not', ['name', 'work', 'body', '1', 'failures', '1,2,3\nnonsense']],
  ['its headers are not', ['name', 'work', 'body', '1', 'headers', '[1]']],
  ['its unique is not', ['name', 'work', 'body', '1', 'unique', '"key"']],
  ['its attempts is not', ['name', 'work', 'body', '1', 'attempts', '-1']],
  ['its group is', ['name', 'work', 'body', '1', 'group', '']],
  ['its id is not', ['name', 'work', 'body', '1', 'id', 'a\nb']],
])('%s: it becomes dead with the reason, and blocks nobody', async ([why, fields], context) => {
  const { place, worker } = await scene(context)
  const entry = redisCli(place, 'q', ...fields)
  redisCli(place, 'q', 'name', 'work', 'body', '"sound"')
  expect((await worker.takeOne('q')).job.body).toBe('{"v":1,"d":"sound"}')
  const [told, ...rest] = await dead(place, 'q')
  expect(rest).toEqual([])
  expect(told).toMatchObject({ reason: expect.stringContaining(why) as string, entry })
  // As it came, so that whoever wrote it can mend it.
  for (let i = 0; i < fields.length; i += 2) expect(told![fields[i]!]).toBe(fields[i + 1])
  expect(await worker.depth('q')).toMatchObject({ dead: 1, running: 1, ready: 0 })
})

test('a thousand that are no jobs do not hide the one that is', async (context) => {
  const { place, worker } = await scene(context)
  const pipeline = place.redis.pipeline()
  for (let n = 0; n < 1_000; n++) pipeline.xadd(place.key('queue:q'), '*', 'junk', n)
  pipeline.xadd(place.key('queue:q'), '*', 'name', 'work', 'body', '1')
  await pipeline.exec()
  expect(await worker.take('q', 10)).toHaveLength(1)
  expect(await worker.depth('q')).toMatchObject({ dead: 1_000, running: 1 })
})

test('an id is there once: a producer that sends again is told among the dead', async (context) => {
  const { place, worker } = await scene(context)
  for (const body of ['1', '2']) redisCli(place, 'q', 'id', 'order-7', 'name', 'work', 'body', body)
  const loan = await worker.takeOne('q')
  expect(loan.job.body).toBe('{"v":1,"d":1}')
  expect(await worker.takeIds('q')).toEqual([])
  expect(await dead(place, 'q')).toMatchObject([{ reason: 'a job with the id order-7 is there already', body: '2' }])
  expect(await worker.settleOne(loan, done)).toBe('settled')
})

test('a dead letter that somebody adds again by hand runs again', async (context) => {
  const { place, worker } = await scene(context)
  await worker.add({
    id: 'a',
    queue: 'q',
    name: 'work',
    priority: 5,
    body: '{"v":1,"d":1}',
    unique: { key: 'k', mode: 'keep' },
  })
  await worker.settleOne(await worker.takeOne('q'), { kind: 'dead', reason: 'broken' })
  const [[entry, fields]] = (await place.redis.xrange(place.key('dead:q'), '-', '+')) as [[string, string[]]]
  redisCli(place, 'q', ...fields)
  await place.redis.xdel(place.key('dead:q'), entry)
  const loan = await worker.takeOne('q')
  expect(loan).toMatchObject({ attempts: 2, job: { id: 'a', body: '{"v":1,"d":1}', unique: { key: 'k' } } })
  expect(await worker.settleOne(loan, done)).toBe('settled')
  await worker.add({ id: 'b', queue: 'q', name: 'work', priority: 5, body: '', unique: { key: 'k', mode: 'keep' } })
})

test('other groups read the same stream, and take nothing away', async (context) => {
  const { place, worker } = await scene(context)
  redisCli(place, 'q', 'name', 'work', 'body', '1')
  await place.redis.xgroup('CREATE', place.key('queue:q'), 'audit', '0')
  await place.redis.xreadgroup('GROUP', 'audit', 'ada', 'COUNT', 10, 'STREAMS', place.key('queue:q'), '>')
  expect(await worker.take('q')).toHaveLength(1)
})
