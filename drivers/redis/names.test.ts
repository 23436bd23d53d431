import { expect, it } from 'vitest'
import { installation } from '../../test/support/redis-harness.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { done } from '../conformance/hand.ts'
import { inspectorOf } from '../conformance/law.ts'
import { unwire, wire, wireBody, wireGroup } from './codec.ts'

/** Texts that end keys, lines, hash tags, commands, prototypes, or are no Unicode. */
const texts = [
  '',
  '{}',
  '{a}:b',
  '}{',
  ':',
  'a:b',
  '-',
  '+',
  '+a',
  '*',
  'r5:q',
  '\u0000',
  'a\u0000b',
  'a\u0001b',
  '\u0001"a"',
  '\u0001',
  '\u0002a',
  'a\nb',
  '\r\n*1\r\n$8\r\nFLUSHALL\r\n',
  '\t',
  '\ud800',
  'x\udc00y',
  '__proto__',
  'constructor',
  '1e3',
  '9007199254740993',
  '300000000',
  'x'.repeat(1_024),
  'é ≠ e\u0301',
  '😀',
]

it('no two texts are the same on the wire, and each comes back', () => {
  for (const write of [wire, wireBody]) {
    expect(new Set(texts.map(write)).size).toBe(texts.length)
    expect(texts.map((text) => unwire(write(text)))).toEqual(texts)
  }
  expect(texts.map(wire).filter((text) => /[\u0000\u0002-\u001f]/.test(text))).toEqual([])
  expect(wireGroup(undefined)).not.toBe(wireGroup('-'))
})

it('every text may be an id, a queue, a name, a group, a key, a tag, a header, a body, a result and an error', async (context) => {
  const a = await (await installation(context)).open()
  const jobs = texts.map((text): StoredJob => ({
    id: `id ${text}`,
    queue: `q${text}`,
    name: text,
    priority: 5,
    group: text,
    unique: { key: text, mode: 'keep' },
    tags: [text],
    headers: Object.fromEntries([[text, text]]),
    body: text,
  }))
  await a.add(...jobs)
  for (const job of jobs) {
    const again = await a.enqueue([{ ...job, id: `other ${job.id}` }])
    expect(again).toEqual([{ outcome: 'duplicate', id: job.id }])
    const loan = await a.takeOne(job.queue)
    expect(loan.job).toEqual(job)
    await a.settleOne(loan, { kind: 'retry', error: job.body })
    const [record] = await inspectorOf(a).find([job.id])
    expect(record).toMatchObject({ job, state: 'ready', error: job.body })
    await a.settleOne(await a.takeOne(job.queue), {
      kind: 'done',
      result: job.body,
      keep: { count: 10, ageMs: 60_000 },
    })
    expect((await inspectorOf(a).find([job.id]))[0]).toMatchObject({ state: 'done', result: job.body })
  }
})

it.for([3e8 - 2, 2 ** 53 - 1_000])('the count of all jobs may stand at %d', async (pos, context) => {
  const { redis, key, open } = await installation(context)
  const a = await open()
  await redis.hset(key('n'), { pos, base: pos })
  const jobs = Array.from({ length: 5 }, (_, i): StoredJob => ({
    id: `j${i}`,
    queue: 'q',
    name: 'n',
    priority: 5,
    body: '',
  }))
  await a.add(...jobs.slice(0, 3))
  await a.add({ ...jobs[3]!, due: { atMs: 8.64e15 } }, { ...jobs[4]!, due: { inMs: 1e15 } })
  const { jobs: listed } = await inspectorOf(a).list({}, { limit: 10 })
  expect(listed.map(({ job }) => job.id)).toEqual(['j4', 'j3', 'j2', 'j1', 'j0'])
  const first = await inspectorOf(a).list({}, { limit: 2 })
  const next = await inspectorOf(a).list({}, { limit: 9, cursor: first.cursor! })
  expect(next.jobs.map(({ job }) => job.id)).toEqual(['j2', 'j1', 'j0'])
  expect(await a.takeIds('q')).toEqual(['j0', 'j1', 'j2'])
  expect((await inspectorOf(a).retry(['j3', 'j4'])).toSorted()).toEqual(['waiting', 'waiting'])
  await a.settle(await a.take('q'), done)
})
