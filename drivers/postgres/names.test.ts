import { describe, expect, test } from 'vitest'
import { job, world } from '../../test/support/postgres-world.ts'
import { unwire, wire } from './codec.ts'
import { settingsOf } from './options.ts'
import { Waiting } from './waiting.ts'
import { systemEnv } from '../../src/base/env.ts'

describe('schema names', () => {
  test.for([
    '"; drop table jobs; --',
    'a b',
    'a"b',
    "a'b",
    '1st',
    '',
    'x'.repeat(49),
    'a.b',
    'é',
    'pg_catalog',
    'PG_toast',
    'public',
    'information_schema',
  ])('%j is refused before anything is asked', (schema) =>
    expect(() => settingsOf({ schema })).toThrow(expect.objectContaining({ code: 'FW_CONFIG_INVALID' })),
  )

  test('letters of both cases, digits and _ make one', async (context) => {
    const { open, query, schema } = await world(context)
    const hand = await open({ schema: `${schema}_Up` })
    await hand.add(job('a'))
    expect(await hand.takeIds('q')).toEqual(['a'])
    await query(`drop schema "${schema}_Up" cascade`)
  })
})

describe('URLs', () => {
  const ok: [string, object][] = [
    [
      'postgres://u:p%40@h:1/d',
      { place: 'h:1/d', config: { host: 'h', port: 1, user: 'u', password: 'p@', database: 'd', ssl: false } },
    ],
    ['postgresql://h/d?schema=s&connections=2&listen=off', { schema: 's', connections: 2, listen: 'off' }],
    ['postgres://u@h', { place: 'h:5432/u' }],
    ['postgres://h/d?sslmode=require', { config: { ssl: { rejectUnauthorized: false } } }],
    ['postgres://h/d?sslmode=verify-full', { config: { ssl: { rejectUnauthorized: true, servername: 'h' } } }],
    ['postgres://h/d?sslmode=verify-ca', { anyHost: true, config: { ssl: { rejectUnauthorized: true } } }],
    ['postgres:///d?host=/var/run/postgresql', { place: '/var/run/postgresql:5432/d' }],
  ]
  test.for(ok)('%s', ([url, expected]) => expect(settingsOf({ url })).toMatchObject(expected))

  test.for([
    'mysql://h/d',
    'postgres://h/d?schemas=s',
    'postgres://h/d?sslmode=maybe',
    'postgres://h/a/b',
    'postgres://h/d?sslrootcert=/nowhere.pem',
    'postgres://h/d?connections=0',
    'postgres://h/d?listen=perhaps',
    'postgres://u:%zz@h/d',
  ])('%s is refused, and no password is told', (url) => {
    const told = () => settingsOf({ url: url.replace('://', '://me:secret-word@') })
    expect(told).toThrow(
      expect.objectContaining({
        code: 'FW_CONFIG_INVALID',
        message: expect.not.stringContaining('secret-word') as string,
      }),
    )
  })
})

describe('texts that Postgres cannot hold', () => {
  test.for(['\0', 'a\0b', '\ud800', 'x\udc00y', '\x1a0000', '\x1c\x1d\x1e', '\ud83d\ude00', '\x1a', 'plain'])(
    '%j comes back as it was',
    (text) => {
      expect(unwire(wire(text))).toBe(text)
      expect(wire(text)).not.toMatch(/[\0\x1c-\x1e]/)
      expect(wire(text).isWellFormed()).toBe(true)
    },
  )

  test('are ids, names, groups, tags, headers, keys and errors too', async (context) => {
    const { open } = await world(context)
    const hand = await open()
    const odd = (what: string) => `${what}\0\ud800\x1e\x1d\x1c\x1a`
    const one = job(odd('id'), {
      queue: odd('queue'),
      name: odd('name'),
      group: odd('group'),
      tags: [odd('tag')],
      headers: { [odd('header')]: odd('value') },
      unique: { key: odd('key'), mode: 'keep' },
      body: odd('body'),
    })
    await hand.add(one, { ...one, id: 'other', unique: { key: 'other', mode: 'keep' }, body: '' })
    const loans = await hand.take(one.queue)
    expect(loans.map((loan) => loan.job)).toEqual([
      one,
      { ...one, id: 'other', unique: { key: 'other', mode: 'keep' }, body: '' },
    ])
    await hand.settleOne(loans[0]!, { kind: 'dead', reason: odd('reason') })
    const { jobs } = await hand.driver.inspector!.list(
      { tag: odd('tag'), errorText: '\0\ud800', idPrefix: 'id\0' },
      { limit: 10 },
    )
    expect(jobs.map(({ job: { id }, error }) => [id, error])).toEqual([[one.id, odd('reason')]])
  })
})

test('a ring between the question and the wait is not missed', async () => {
  const waiting = new Waiting(systemEnv)
  const queues = new Set([1, 2])
  const { signal } = new AbortController()
  const mark = waiting.mark(queues)
  waiting.ring([2])
  const fromMs = performance.now()
  await waiting.wait(queues, mark, 10_000, signal)
  const late = waiting.wait(queues, waiting.mark(queues), 10_000, signal)
  waiting.ring([3])
  waiting.ring(undefined)
  await late
  expect(performance.now() - fromMs).toBeLessThan(5_000)
})
