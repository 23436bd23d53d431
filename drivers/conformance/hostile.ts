import assert from 'node:assert/strict'
import { done } from './hand.ts'
import { inspectorOf, law, lawIf } from './law.ts'
import type { Concern } from './law.ts'

/** Texts that have broken stores: read back as numbers, as arrays, cut at NUL, made valid, split into lines. */
const bodies: string[] = [
  '',
  '[]',
  '{}',
  'null',
  '0',
  '-0',
  '1e21',
  '3e+8',
  '300000000',
  '9007199254740993',
  '1e400',
  '"',
  "'; DROP TABLE jobs--",
  '\u2028\u2029',
  '\\ud800',
  '\u0001\u001b[2J\u007f\u0085',
  '\ufeff{"bom":1}',
  '\r\n*1\r\n$8\r\nFLUSHALL\r\n',
  'é ≠ e\u0301',
  '😀 四 ﷽',
  '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}',
  '{"a":1,"a":2}',
  ' \t\n',
]

/** Texts that a store may refuse, but never change: NUL and lone surrogates. */
const fragile: string[] = ['a\u0000b', '\u0000', '\ud800', 'x\udc00y']

/** Every pair of these is two names, however much a store may want them to be one. */
const names: string[] = [
  'a',
  'A',
  'á',
  'a\u0301',
  'a ',
  ' a',
  'a:b',
  'a:b:c',
  'ab',
  '{a}',
  'a}b{',
  '*',
  '?',
  '[a]',
  '%',
  '_',
  'a%',
  'a_b',
  'a.b',
  'a/b',
  '..',
  '../a',
  "q'x",
  'q"x',
  'q`x',
  '$(id)',
  '%2e',
  '-x',
  '0',
  '-0',
  '00',
  '1e3',
  '1000',
  '3e+8',
  '300000000',
  'null',
  'undefined',
  'NaN',
  'true',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'amq.direct',
  'CON',
  '\u202e',
  'а',
  'x'.repeat(190) + 'a',
  'x'.repeat(190) + 'b',
]

export const hostile: Concern = {
  name: 'hostile bodies and names',
  laws: [
    law('bodies come back byte for byte', async (trial) => {
      const a = await trial.open()
      const jobs = bodies.map((body) => trial.job({ body }))
      await a.add(...jobs)
      const loans = await a.take('q')
      const got = new Map(loans.map(({ job }) => [job.id, job.body]))
      for (const { id, body } of jobs) assert.equal(got.get(id), body)
    }),

    law('NUL and lone surrogates come back as they were, or the job is refused', async (trial) => {
      const a = await trial.open()
      for (const body of fragile) {
        const job = trial.job({ body })
        const added = await a.enqueue([job]).then(
          ([answer]) => answer?.outcome === 'added',
          () => false,
        )
        if (!added) continue
        const loan = await a.takeOne('q')
        assert.equal(loan.job.body, body)
        await a.settleOne(loan, done)
      }
      // Whatever it said, it goes on working.
      await a.add(trial.job())
      assert.equal((await a.take('q')).length, 1)
    }),

    law('a body of 256 KiB, and one of each size around the powers of two', async (trial) => {
      const a = await trial.open()
      const most = Math.min(a.driver.traits.bodyBytesMax, 256 * 1_024)
      const sizes = [most, 65_535, 65_536, 65_537, 4_096, 255, 256].filter((size) => size <= most)
      const jobs = sizes.map((size) => trial.job({ body: 'x'.repeat(size - 1) + '!' }))
      await a.add(...jobs)
      const loans = await a.take('q')
      const got = new Map(loans.map(({ job }) => [job.id, job.body]))
      for (const { id, body } of jobs) assert.ok(got.get(id) === body, `${body.length} bytes`)
    }),

    law('what the body looks like does not matter to a retry, a result, an error or a header', async (trial) => {
      const a = await trial.open()
      const headers = Object.fromEntries([
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['é', '\u2028'],
      ])
      const job = trial.job({ body: '[]', tags: ['__proto__', "'", '[]', 'a,b', '"'], headers })
      await a.add(job)
      await a.settleOne(await a.takeOne('q'), { kind: 'retry', error: 'it\'s "bad" \u2028 {}' })
      const loan = await a.takeOne('q')
      assert.equal(loan.job.body, '[]')
      assert.deepEqual(loan.job.tags, job.tags)
      assert.deepEqual(new Map(Object.entries(loan.job.headers ?? {})), new Map(Object.entries(headers)))
    }),

    law('two queue names are two queues', async (trial) => {
      const a = await trial.open()
      const jobs = names.map((queue) => trial.job({ queue }))
      await a.add(...jobs)
      for (const { id, queue } of jobs) {
        const loans = await a.take(queue)
        assert.deepEqual(
          loans.map(({ job }) => [job.id, job.queue]),
          [[id, queue]],
          `queue ${JSON.stringify(queue)}`,
        )
      }
    }),

    law('two group names are two groups', async (trial) => {
      const a = await trial.open()
      const jobs = [...names, ''].map((group) => trial.job({ group }))
      await a.add(...jobs, trial.job())
      if (a.driver.limits && a.driver.traits.groups) {
        await a.driver.limits.set('q', 'groups', { concurrencyMax: 1 }, 1)
        await a.add(...names.map((group) => trial.job({ group })))
      }
      const loans = await a.take('q', 1_000)
      const groups = loans.map(({ job }) => job.group)
      assert.equal(groups.length, names.length + 2)
      assert.equal(new Set(groups).size, names.length + 2)
    }),

    lawIf(
      { traits: ({ unique }) => unique },
      'two unique keys are two keys, and a key is no other than itself',
      async (trial) => {
        const a = await trial.open()
        const jobs = names.map((key) => trial.job({ unique: { key, mode: 'keep' } }))
        await a.add(...jobs)
        for (const { id, unique } of jobs) {
          const [added] = await a.enqueue([trial.job({ unique: unique! })])
          assert.deepEqual(added, { outcome: 'duplicate', id })
        }
        await a.add(trial.job({ queue: 'a', unique: { key: 'b:c', mode: 'keep' } }))
        await a.add(trial.job({ queue: 'a:b', unique: { key: 'c', mode: 'keep' } }))
      },
    ),

    law('two ids are two jobs', async (trial) => {
      const a = await trial.open()
      const jobs = names.map((id) => trial.job({ id }))
      await a.add(...jobs)
      const loans = await a.take('q', 1_000)
      assert.deepEqual(loans.map(({ job }) => job.id).toSorted(), names.toSorted())
      await a.settle(loans, done)
      await a.add(...jobs)
    }),

    lawIf({ inspector: true }, 'names are exact to the inspector too', async (trial) => {
      const a = await trial.open()
      const jobs = names.map((name) => trial.job({ queue: name, name, tags: [name], group: name }))
      await a.add(...jobs)
      const inspector = inspectorOf(a)
      assert.deepEqual((await inspector.queues()).toSorted(), names.toSorted())
      for (const { id, name } of jobs) {
        for (const filter of [{ queue: name }, { name }, { tag: name }, { group: name }]) {
          const { jobs: found } = await inspector.list(filter, { limit: 10 })
          assert.deepEqual(
            found.map(({ job }) => job.id),
            [id],
            JSON.stringify(filter),
          )
        }
      }
    }),

    lawIf(
      { limits: true, traits: ({ groups }) => groups },
      'limits of a group called __proto__ are its own',
      async (trial) => {
        const a = await trial.open()
        await a.driver.limits!.set('q', { group: '__proto__' }, { weight: 3 }, 1)
        const { group } = await a.driver.limits!.read('q')
        assert.deepEqual(Object.entries(group), [['__proto__', { weight: 3 }]])
        assert.equal(({} as { weight?: number }).weight, undefined)
      },
    ),
  ],
}
