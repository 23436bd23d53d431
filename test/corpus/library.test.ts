import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cpuMs } from '../support/cpu-time.ts'
import { connect } from '../../src/connect/connect.ts'
import type { Client } from '../../src/connect/client.ts'
import { errorCodes, isFiberWorkError } from '../../src/contract/errors.ts'
import { defineSchedule } from '../../src/cron/schedule.ts'
import { nextAfter } from '../../src/cron/times.ts'
import { Pattern } from '../../src/cron/pattern.ts'
import { defineJob } from '../../src/job/definition.ts'
import { unchecked } from '../../src/job/schema.ts'
import type { EnqueueOptions } from '../../src/job/options.ts'
import { ownFolder } from './doors/served.ts'
import { labelOf } from './expand.ts'
import { ids } from './families/ids.ts'
import { keys } from './families/keys.ts'
import { names } from './families/names.ts'
import { values } from './families/payloads.ts'
import { noZones, patterns, zones } from './families/times.ts'
import { count } from './laws/count.ts'

const job = defineJob('job', { input: unchecked<unknown>(), queue: 'q' })

async function store(): Promise<Client> {
  const client = await connect(`sqlite:${join(ownFolder(), 'jobs.db')}`)
  onTestFinished(() => client.close())
  return client
}

/** Whatever is refused is refused by an error of ours, in one line that can be printed. Answers what was refused, and what was taken. */
async function refusedOf<T>(
  cases: readonly [what: string, run: () => T | Promise<T>][],
  family: string,
): Promise<{ refused: string[]; taken: Map<string, T> }> {
  const refused: string[] = []
  const taken = new Map<string, T>()
  for (const [what, run] of cases) {
    try {
      taken.set(what, await run())
    } catch (error) {
      if (!isFiberWorkError(error) || !(error.code in errorCodes))
        throw new Error(`${what}: ${String(error)}`, { cause: error })
      expect(error.retryable, `${what}: ${error.message}`).toBe(false)
      expect(error.message.length, what).toBeLessThan(2_000)
      refused.push(what)
    }
  }
  count(`library ${family}`, cases.length)
  return { refused, taken }
}

/** What only code can say. */
const oddities: readonly unknown[] = [
  0,
  NaN,
  {},
  [],
  null,
  Symbol('s'),
  () => 1,
  1n,
  new Date(0),
  new String('a'),
  Object.create(null),
  new Proxy({}, {}),
]

describe('the library', () => {
  test('F1: names of queues and jobs', async () => {
    const client = await store()
    const texts = [...names(), ...oddities] as string[]
    const queues = await refusedOf(
      texts.map((queue) => [
        `queue ${what(queue)}`,
        () => client.enqueue(defineJob('job', { input: unchecked<unknown>(), queue }), 1),
      ]),
      'F1',
    )
    const jobs = await refusedOf(
      texts.map((name) => [
        `job ${what(name)}`,
        () => client.enqueue(defineJob(name, { input: unchecked<unknown>() }), 1),
      ]),
      'F1',
    )
    for (const { refused, taken } of [queues, jobs]) {
      expect(taken.size).toBeGreaterThan(20)
      expect(refused.length).toBeGreaterThan(100)
    }
    const ours = await client.queues()
    expect(new Set(ours).size).toBe(ours.length)
  })

  test('F2, F3, F6: ids, groups, keys and options', async () => {
    const client = await store()
    const fields = ['id', 'group', 'tenant', 'unique'] as const
    const { taken } = await refusedOf(
      [...ids(), ...keys(), ...oddities].flatMap((text) =>
        fields.map((field): [string, () => Promise<{ id: string }>] => [
          `${field} ${what(text)}`,
          () => client.enqueue(job, 1, { [field]: text } as EnqueueOptions),
        ]),
      ),
      'F2 F3',
    )
    expect(taken.size).toBeGreaterThan(300)
    for (const [name, { id }] of taken)
      if (name.startsWith('id ')) expect(await client.find([id]), name).toMatchObject([{ job: { id } }])
    const numbers: unknown[] = [
      -1,
      -0,
      0,
      0.5,
      1,
      1.5,
      9.5,
      1e3,
      2 ** 31,
      2 ** 32,
      2 ** 53,
      1e15,
      1e21,
      NaN,
      Infinity,
      -Infinity,
      '5',
      null,
      true,
      new Date(NaN),
      new Date(8.64e15),
      new Date(-1),
      5n,
      [],
      {},
      { valueOf: () => 1 },
    ]
    const options: ((value: unknown) => object)[] = [
      ...['priority', 'delayMs', 'runAt', 'attempts', 'timeoutMs', 'backoff', 'keep', 'tags', 'headers', 'unknown'].map(
        (name) => (value: unknown) => ({ [name]: value }),
      ),
      (forMs) => ({ unique: { key: 'k', forMs } }),
      (baseMs) => ({ backoff: { kind: 'exponential', baseMs } }),
      (maxMs) => ({ backoff: { kind: 'fixed', baseMs: 1, maxMs } }),
      (delayMs) => ({ backoff: { kind: 'custom', delayMs } }),
      (ageMs) => ({ keep: { count: 1, ageMs } }),
      (value) => ({ headers: { value } }),
      (value) => ({ tags: [value] }),
      () => ({ headers: { 'a\0': 'b' } }),
      () => ({ headers: { a: 'b\0' } }),
      () => ({ headers: { a: '\ud800' } }),
      () => ({ headers: JSON.parse('{"__proto__":"a"}') as object }),
      () => JSON.parse('{"__proto__":{"priority":1}}') as object,
    ]
    const asked = options.flatMap((of, at) =>
      numbers.map((value): [string, () => Promise<{ id: string }>] => [
        `option ${at} ${String(value)}`,
        () => client.enqueue(job, 1, of(value) as EnqueueOptions),
      ]),
    )
    const numbered = await refusedOf(asked, 'F6')
    for (const { id } of numbered.taken.values()) expect(await client.find([id])).toMatchObject([{ job: { id } }])
  })

  test('F4: values come back as they were, or are refused when they are enqueued', async () => {
    const client = await store()
    const { taken, refused } = await refusedOf(
      values.map(({ what: name, value }) => [
        name,
        async () => {
          const given = value()
          const { id } = await client.enqueue(job, given)
          const [record] = await client.find([id])
          return { given, content: client.content(record!) }
        },
      ]),
      'F4',
    )
    for (const [name, { given, content }] of taken) {
      expect(content.damage, name).toBeUndefined()
      expect(JSON.stringify(content.input), name).toBe(JSON.stringify(given))
    }
    expect(refused).toEqual(
      expect.arrayContaining([
        'a BigInt',
        'a Map',
        'NaN',
        'a circle',
        'an own __proto__',
        'an own __proto__ below',
        'a getter that throws',
        'toJSON of a BigInt',
        'a Proxy of a revoked one',
        '65 levels',
        'too large',
      ]),
    )
    expect([...taken.keys()]).toEqual(
      expect.arrayContaining(['the text __proto__', '64 levels', 'half a surrogate', 'a NUL', 'undefined']),
    )
  })

  test('F7: a pattern is read in a millisecond, and its next run found in five', async () => {
    const { taken, refused } = await refusedOf(
      [
        ...patterns().map((cron): [string, () => object] => [cron, () => defineSchedule('s', job, { cron }).times]),
        ...noZones.map((timeZone): [string, () => object] => [
          `zone ${labelOf(timeZone)}`,
          () => defineSchedule('s', job, { cron: '* * * * *', timeZone }).times,
        ]),
      ],
      'F7',
    )
    expect(refused.filter((one) => one.startsWith('zone '))).toHaveLength(noZones.length)
    expect(taken.size).toBeGreaterThan(45)
    const moments = [
      Date.UTC(2026, 2, 29, 0, 59),
      Date.UTC(2026, 9, 25, 0, 30),
      Date.UTC(9999, 11, 31, 23),
      8.64e15 - 1,
      0,
      -1,
    ]
    const slow: string[] = []
    for (const cron of taken.keys()) {
      if (leastMs(() => new Pattern(cron)) > 1) slow.push(`to read ${cron}`)
      for (const timeZone of ['UTC', ...zones]) {
        for (const fromMs of moments) {
          if (leastMs(() => nextAfter({ cron, timeZone }, fromMs)) > 5) slow.push(`${cron} ${timeZone} after ${fromMs}`)
          const next = nextAfter({ cron, timeZone }, fromMs)
          if (next !== undefined && !(next > fromMs))
            throw new Error(`${cron} ${timeZone}: ${next} is not after ${fromMs}`)
        }
      }
    }
    expect(slow).toEqual([])
    count('library F7 next', taken.size * moments.length * (zones.length + 1))
  })
})

const what = (value: unknown): string =>
  typeof value === 'object' || typeof value === 'function' ? typeof value : labelOf(value)

/** Of twenty tries, which end when one is quick enough for anybody: the first one also compiles what it runs. */
function leastMs(run: () => unknown): number {
  let least = Infinity
  for (let tries = 0; tries < 20 && least > 0.5; tries++) least = Math.min(least, cpuMs(run))
  return least
}
