import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { heard } from '../../test/support/work.ts'
import { Client, connect, defineJob, defineSchedule, type WorkOptions } from '../index.ts'
import type { Schedule } from '../cron/schedule.ts'
import { FakeClock } from '../testing.ts'
import type { Worker } from '../worker/worker.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const at = (text: string): number => Date.parse(text)

/** A store in virtual time, and what has run there: when its time was, by the header. */
async function world(startsAt: string) {
  const clock = new FakeClock(new Date(startsAt))
  const client = await connect('memory:', { env: clock })
  const runs: { atMs: number; ranMs: number; data: unknown }[] = []
  const report = defineJob('report', { input: z.object({ n: z.number() }) }, async (data, job) => {
    runs.push({ atMs: Number(job.headers['fiber-work-scheduled-at']), ranMs: clock.nowMs(), data })
  })
  const work = (schedules: Schedule[] = [], options: WorkOptions = {}) =>
    client.work([report], { schedules, guardian: false, beatMs: 10_000, ...options })
  onTestFinished(async () => {
    clock.advance(1_000).catch(() => {})
    const closed = client.close()
    await clock.advance(60_000)
    await closed
  })
  return { clock, client, report, runs, work, times: () => runs.map(({ atMs }) => new Date(atMs).toISOString()) }
}

describe('a schedule fires', () => {
  it('once a time, however many workers there are, with its input, at its time', async () => {
    const { clock, runs, report, work, times } = await world('2026-11-30T00:55:00Z')
    const every = defineSchedule('often', report, { cron: '*/5 * * * *', input: { n: 7 } })
    for (let n = 0; n < 3; n++) await work([every])
    await clock.advance(16 * minute)
    expect(times()).toEqual(['2026-11-30T01:00:00.000Z', '2026-11-30T01:05:00.000Z', '2026-11-30T01:10:00.000Z'])
    expect(runs.map(({ data }) => data)).toEqual([{ n: 7 }, { n: 7 }, { n: 7 }])
    for (const { atMs, ranMs } of runs) expect(ranMs - atMs).toBeLessThan(200)
  })

  it.each([
    // 02:30 is left out that day, and comes twice that day.
    ['2027-03-28T00:55:00Z', '2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00Z'],
    ['2027-10-31T00:25:00Z', '2027-10-31T00:30:00.000Z', '2027-11-01T01:30:00Z'],
  ])('once a day through a change of the clock: %s', async (from, run, next) => {
    const { clock, client, report, work, times } = await world(from)
    const nightly = defineSchedule('nightly', report, {
      cron: '30 2 * * *',
      timeZone: 'Europe/Berlin',
      input: { n: 1 },
    })
    for (let n = 0; n < 3; n++) await work([nightly])
    await clock.advance(10 * minute)
    expect(times()).toEqual([run])
    expect((await client.schedules.get('nightly'))?.nextAtMs).toBe(at(next))
  })

  it('of any process: a worker that declares nothing starts what is in the store, soon after it was set', async () => {
    const { clock, client, report, work, runs } = await world('2026-11-30T00:00:00Z')
    await work()
    expect(await client.schedules.set(defineSchedule('each', report, { everyMs: 10_000, input: { n: 1 } }))).toBe(
      'added',
    )
    await clock.advance(35_000)
    expect(runs).toHaveLength(3)
  })

  it('also when its job keeps no record, and has a worker that crashed between the enqueue and its note', async () => {
    const { clock, client, report, work, runs } = await world('2026-11-30T00:00:00Z')
    await client.schedules.set(
      defineSchedule('each', report, { everyMs: 60_000, input: { n: 1 }, enqueue: { keep: false } }),
    )
    const ledger = client.driver.ledger!
    const [before] = await ledger.list('schedule:', 1)
    await work()
    await clock.advance(61_000)
    expect(runs).toHaveLength(1)
    // As it was before the note: the same run is enqueued again, and its key is taken.
    await ledger.write([{ key: before!.key, value: before!.value }])
    await clock.advance(30_000)
    expect(runs).toHaveLength(1)
  })
})

describe('ids that look like a run of another schedule', () => {
  const run = at('2026-12-01T02:00:00Z')
  const times = { cron: '0 2 * * *', input: { n: 1 } }

  it.each([`nightly@${run}`, `nightly@${run}@`, 'nightly@', `nightly@${run}x`])(
    'both have their run: nightly and %s',
    async (other) => {
      const { clock, runs, report, work } = await world('2026-12-01T01:59:00Z')
      await work([
        defineSchedule('nightly', report, times),
        defineSchedule(other, report, { ...times, overlap: 'skip', input: { n: 2 } }),
      ])
      await clock.advance(2 * minute)
      expect(runs.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }])
    },
  )

  it('are written as 0.6 writes them, run under the same ids, and do not overlap', async () => {
    const { clock, client, work } = await world('2026-12-01T01:59:00Z')
    const { promise: forEver, resolve: end } = Promise.withResolvers<void>()
    let begun = 0
    const slow = defineJob('slow', {}, async () => {
      begun += 1
      await forEver
    })
    const id = `nightly@${run}`
    await work()
    await client.work([slow], { guardian: false, beatMs: 10_000 })
    await client.schedules.set(defineSchedule(id, slow, { everyMs: minute, overlap: 'skip' }))
    const [record] = await client.driver.ledger!.list('schedule:', 1)
    expect(JSON.parse(record!.value)).toMatchObject({ job: { unique: { key: `schedule:${id}`, mode: 'keep' } } })
    await clock.advance(3 * minute)
    expect(begun).toBe(1)
    const { jobs } = await client.list()
    expect(jobs.map(({ job }) => job.id)).toEqual([`${id}@${run}`])
    end()
  })
})

describe('runs that nobody was there to start', () => {
  it.each([
    ['skip', []],
    ['last', ['2026-11-30T05:00:00.000Z']],
    ['all', [1, 2, 3, 4, 5].map((n) => `2026-11-30T0${n}:00:00.000Z`)],
  ] as const)('%s', async (missed, expected) => {
    const { clock, client, report, work, times } = await world('2026-11-30T00:30:00Z')
    await client.schedules.set(defineSchedule('hourly', report, { cron: '0 * * * *', missed, input: { n: 1 } }))
    const told = heard('schedule.missed')
    await clock.advance(5 * hour)
    await work()
    await clock.advance(10_000)
    expect(times()).toEqual(expected)
    expect(told).toHaveLength(missed === 'all' ? 0 : 1)
    expect((await client.schedules.get('hourly'))?.nextAtMs).toBe(at('2026-11-30T06:00:00Z'))
  })

  it('a month of seconds is caught up with at once', async () => {
    const { clock, client, report, work, runs } = await world('2026-11-01T00:00:00Z')
    await client.schedules.set(defineSchedule('secondly', report, { cron: '* * * * * *', input: { n: 1 } }))
    await clock.advance(30 * day)
    const startedMs = performance.now()
    const worker = await work()
    await clock.advance(1_100)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    expect(runs.length).toBeLessThanOrEqual(3)
    await worker.stop({ graceMs: 0 })
  })
})

describe('an operator', () => {
  it('pauses, resumes without making up for it, runs it now, removes it', async () => {
    const { clock, client, report, work, runs } = await world('2026-11-30T00:58:00Z')
    await work([defineSchedule('often', report, { cron: '*/5 * * * *', input: { n: 1 } })])
    const { schedules } = client
    await schedules.pause('often')
    await clock.advance(10 * minute)
    expect(runs).toHaveLength(0)
    expect((await schedules.run('often')).outcome).toBe('added')
    await clock.advance(1_000)
    expect(runs).toHaveLength(1)
    await schedules.resume('often')
    const nextAtMs = at('2026-11-30T01:10:00Z')
    expect((await schedules.get('often'))?.nextAtMs).toBe(nextAtMs)
    await clock.advance(3 * minute)
    expect(runs).toHaveLength(2)
    expect(await schedules.list()).toMatchObject([{ id: 'often', paused: false, lastId: `often@${nextAtMs}` }])
    expect(await schedules.remove('often')).toBe(true)
    expect(await schedules.remove('often')).toBe(false)
    await clock.advance(10 * minute)
    expect(runs).toHaveLength(2)
    await expect(schedules.pause('often')).rejects.toMatchObject({ code: 'FW_SCHEDULE_UNKNOWN' })
  })

  it('what he changed stays until the code says something new', async () => {
    const { client, report, work } = await world('2026-11-30T00:30:00Z')
    const declared = (cron: string) => defineSchedule('s', report, { cron, input: { n: 1 } })
    await work([declared('0 * * * *')])
    await client.schedules.set(declared('0 5 * * *'))
    await client.schedules.pause('s')
    await work([declared('0 * * * *')])
    expect(await client.schedules.get('s')).toMatchObject({ times: { cron: '0 5 * * *' }, paused: true })
    await work([declared('0 6 * * *')])
    expect(await client.schedules.get('s')).toMatchObject({ times: { cron: '0 6 * * *' }, paused: true })
  })
})

it('fifty that set the same at once make one, and say that they changed nothing', async () => {
  const report = defineJob('report', { input: z.object({ n: z.number() }) })
  const schedule = defineSchedule('s', report, { cron: '0 * * * *', input: { n: 1 } })
  const client = await connect('memory:')
  onTestFinished(() => client.close())
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => client.schedules.set(schedule)))
  expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'unchanged')).toHaveLength(49)
})

it("overlap: 'skip' starts nothing while the run before is not over", async () => {
  const { clock, client } = await world('2026-11-30T00:00:00Z')
  const slow = defineJob('slow', { queue: 'slow' }, (_, job) => job.sleep(150_000))
  const worker = await client.work([slow], {
    guardian: false,
    schedules: [defineSchedule('slow', slow, { everyMs: 60_000, overlap: 'skip' })],
  })
  const fired = heard('schedule.fired')
  await clock.advance(5 * 60_000 + 1_000)
  expect(fired.map(({ outcome }) => outcome)).toEqual(['added', 'duplicate', 'duplicate', 'added', 'duplicate'])
  expect(worker.running).toBe(1)
})

describe('bad input', () => {
  const report = defineJob('report', { input: z.object({ n: z.number() }) })
  it.each([
    [{ cron: '60 * * * *' }, /`cron` is "60 \* \* \* \*", which is no pattern .*minute/],
    [{ cron: '0 0 30 2 *' }, /no year has such a day/],
    [{ cron: '(((' }, /no pattern/],
    [{ cron: 'x'.repeat(10_000) }, /at most 256 characters/],
    [{ cron: '0 9 * * *', timeZone: 'Europe/Berlim' }, /`timeZone` is "Europe\/Berlim"/],
    [{ cron: '0 9 * * *', dst: 'never' }, /allowed are skip, once and both/],
    [{ everyMs: 10 }, /`everyMs` is 10; allowed is an integer from 1000/],
    [{ everyMs: 5_000, offsetMs: 5_000 }, /less than `everyMs`/],
    [{ everyMs: 5_000, timeZone: 'UTC' }, /`timeZone` belongs to `cron`/],
    [{}, /give `cron` or `everyMs`/],
    [{ cron: '0 9 * * *', everyMs: 5_000 }, /one of them/],
  ])('%j', (options, message) => {
    const define = () => defineSchedule('s', report, { input: { n: 1 }, ...options } as never)
    expect(define).toThrow(expect.objectContaining({ code: 'FW_SCHEDULE_INVALID' }))
    expect(define).toThrow(message)
  })

  it('options that are none, ids that are none, definitions that are none', () => {
    expect(() => defineSchedule('s', report, { cron: '0 9 * * *', missd: 'all' } as never)).toThrow(
      /Did you mean `missed`/,
    )
    expect(() => defineSchedule('s', report, { cron: '0 9 * * *', missed: 'some' } as never)).toThrow(/skip, last, all/)
    expect(() => defineSchedule('s', report, { cron: '0 9 * * *', enqueue: { delayMs: 5 } } as never)).toThrow(
      /delayMs/,
    )
    expect(() => defineSchedule('', report, { cron: '0 9 * * *' })).toThrow(/is not a schedule/)
    expect(() => defineSchedule('s'.repeat(201), report, { cron: '0 9 * * *' })).toThrow(/200 characters/)
    expect(() => defineSchedule('s', {} as never, { cron: '0 9 * * *' })).toThrow(/no definition/)
  })

  it('an input that the schema does not take is refused when it is set', async () => {
    const client = await connect('memory:')
    onTestFinished(() => client.close())
    const wrong = defineSchedule('s', report, { cron: '0 9 * * *', input: { n: 'x' } as never })
    await expect(client.schedules.set(wrong)).rejects.toMatchObject({ code: 'FW_INPUT_INVALID' })
    await expect(client.work([report.handle(() => {})], { schedules: [wrong] })).rejects.toMatchObject({
      code: 'FW_INPUT_INVALID',
    })
  })

  it('one that a newer release wrote is told, and the others go on', async () => {
    const { clock, client, report, work, runs } = await world('2026-11-30T00:00:00Z')
    await client.driver.ledger!.write([{ key: 'schedule:a', value: '{"format":9}' }])
    await client.schedules.set(defineSchedule('b', report, { everyMs: 60_000, input: { n: 1 } }))
    const failed = heard('schedule.failed')
    await work()
    await clock.advance(61_000)
    expect(runs).toHaveLength(1)
    expect(failed[0]).toMatchObject({ schedule: 'a', error: { code: 'FW_SCHEDULE_INVALID' } })
  })
})

it('a store without a ledger refuses, naming the facet', async () => {
  const store = createMemoryStore()
  const bare = new Proxy(memoryDriver({ store }), {
    get: (target, key) => {
      if (key === 'ledger') return undefined
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await bare.open()
  const client = new Client({
    env: new FakeClock(),
    driver: bare,
    url: 'bare:',
    bodyBytesMax: 1_000,
    work: () => Promise.reject(new Error('not here')) as Promise<Worker>,
  })
  onTestFinished(() => client.close())
  await expect(client.schedules.list()).rejects.toMatchObject({
    code: 'FW_DRIVER_TRAIT',
    message: expect.stringContaining('ledger') as string,
  })
})
