import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { SampleWorker } from '../../test/support/dashboard-source.ts'
import { concurrencyMax, parseConcurrency, stepConcurrency } from './concurrency.ts'
import { attention } from './health.ts'
import { advance, samplesMax, type History } from './history.ts'
import { gap, layout } from './layout.ts'
import { definitionRows, failureRows, matches, queueRows, runningRows } from './rows.ts'
import { chart, niceMax } from './spark.ts'

async function watched(seconds: number, everyMs = 500) {
  let nowMs = Date.UTC(2026, 4, 4)
  const source = new SampleWorker({ nowMs: () => nowMs })
  let snapshot = await source.snapshot()
  let history: History = advance(undefined, snapshot)
  for (let at = 0; at < seconds * 1_000; at += everyMs) {
    nowMs += everyMs
    snapshot = await source.snapshot()
    history = advance(history, snapshot)
  }
  return { source, snapshot, history }
}

describe('history', () => {
  it('takes one sample a second, however often it is asked', async () => {
    const often = await watched(20, 250)
    const seldom = await watched(20, 4_000)
    expect(often.history.samples).toHaveLength(20)
    expect(seldom.history.samples).toHaveLength(20)
  })

  it('measures speed over two seconds, per queue too', async () => {
    const { history, snapshot } = await watched(10)
    expect(history.donePerS).toBeGreaterThan(3_000)
    expect(history.donePerS).toBeLessThan(7_000)
    const all = snapshot.queues.reduce((sum, { queue }) => sum + (history.ended.get(queue) ?? 0), 0)
    expect(all).toBeGreaterThan(history.donePerS * 0.95)
  })

  it('forgets the oldest seconds', async () => {
    expect((await watched(samplesMax + 50, 5_000)).history.samples).toHaveLength(samplesMax)
  })

  it('goes on with a worker that started anew, and when counters run backwards', async () => {
    const { history, snapshot } = await watched(10)
    const other = { ...snapshot, atMs: snapshot.atMs + 1_000, worker: { ...snapshot.worker, session: 'other' } }
    expect(advance(history, other)).toMatchObject({ donePerS: 0, samples: { length: 11 } })
    const back = { ...snapshot, atMs: snapshot.atMs + 1_000, totals: { ...snapshot.totals, done: 0 } }
    expect(advance(history, back).donePerS).toBe(0)
  })

  it('ignores a clock that stands or runs back', async () => {
    const { history, snapshot } = await watched(10)
    expect(advance(history, snapshot)).toBe(history)
    expect(advance(history, { ...snapshot, atMs: 0 })).toBe(history)
  })
})

describe('chart', () => {
  it('has its shape, keeps its order of series, and shows what is not zero', () => {
    const value = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.record({ low: value, high: value }), { maxLength: 80 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (series, width, height) => {
          const { rows, max } = chart(series, { width, height })
          expect(rows).toHaveLength(height)
          const last = rows.at(-1) ?? []
          for (const row of rows) {
            expect(row).toHaveLength(width)
            for (const { low, high } of row) expect(low).toBeLessThanOrEqual(high)
          }
          const newest = series.at(-1)
          if (newest !== undefined && newest.high > 0) expect(last.at(-1)?.high).toBeGreaterThan(0)
          expect(max).toBeGreaterThanOrEqual(
            Math.max(0, ...series.slice(-width).flatMap(({ low, high }) => [low, high])) * 0.999,
          )
        },
      ),
    )
  })

  test.each([
    [0, 1],
    [4_762, 5_000],
    [1_001, 1_200],
    [100, 100],
    [Number.NaN, 1],
  ])('the scale of %d is %d', (value, scale) => expect(niceMax(value)).toBe(scale))
})

describe('layout', () => {
  const wishes = fc.record({ queues: fc.nat(40), running: fc.nat(50), failures: fc.nat(100), definitions: fc.nat(40) })

  it('never overlaps and never leaves the screen', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 300 }),
        fc.integer({ min: 8, max: 100 }),
        wishes,
        (columns, rows, wish) => {
          const plan = layout(columns, rows, wish)
          const taken = new Set<string>()
          const take = (row: number, height: number, from: number, width: number) => {
            expect(row + height).toBeLessThanOrEqual(plan.noteRow)
            expect(from + width).toBeLessThanOrEqual(columns)
            for (let y = row; y < row + height; y += 1) {
              for (let x = from; x < from + width; x += 1) {
                expect(taken.has(`${x},${y}`)).toBe(false)
                taken.add(`${x},${y}`)
              }
            }
          }
          take(plan.tilesRow, plan.tilesRows, 0, columns)
          if (plan.charts > 0) take(plan.chartsRow, plan.chartsRows, 0, columns)
          for (const box of plan.boxes) take(box.row, box.rows, box.column, box.columns)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('drops tables as the screen shrinks, the queues last', () => {
    const many = { queues: 4, running: 50, failures: 50, definitions: 5 }
    const shown = (columns: number, rows: number) => layout(columns, rows, many).boxes.map(({ panel }) => panel)
    expect(shown(200, 50)).toEqual(['queues', 'definitions', 'failures', 'running'])
    expect(shown(80, 24)).toEqual(['queues', 'running', 'failures', 'definitions'])
    expect(shown(60, 20)).toEqual(['queues', 'running', 'failures'])
    expect(shown(60, 12)).toEqual(['queues', 'failures'])
    expect(shown(60, 9)).toEqual(['queues'])
    expect(layout(200, 50, many).boxes[3]?.column).toBe(Math.floor((200 - gap) / 2) + gap)
  })
})

describe('rows', () => {
  it('filters by every word, whatever the case', () => {
    expect(matches('', [undefined])).toBe(true)
    expect(matches('TENANT 503', ['sync-tenant', 'HTTP 503'])).toBe(true)
    expect(matches('tenant 404', ['sync-tenant', 'HTTP 503'])).toBe(false)
  })

  it('sorts as asked, and by default in an order that does not dance', async () => {
    const { snapshot, history } = await watched(10)
    expect(queueRows(snapshot, history).map(({ queue }) => queue)).toEqual(['webhooks', 'scrape', 'tenants', 'media'])
    expect(queueRows(snapshot, history, '', 'name').map(({ queue }) => queue)).toEqual([
      'media',
      'scrape',
      'tenants',
      'webhooks',
    ])
    expect(queueRows(snapshot, history, '', 'dead')[0]?.queue).toBe('tenants')
    expect(definitionRows(snapshot, history, 'sync')).toHaveLength(1)
    expect(definitionRows(snapshot, history, '', 'p99')[0]?.name).toBe('import-events')
    expect(runningRows(snapshot, '', 'elapsed')[0]?.elapsedMs).toBe(
      Math.max(...snapshot.slowest.map(({ elapsedMs }) => elapsedMs)),
    )
    expect(failureRows(snapshot, 'suspended dead').length).toBeGreaterThan(0)
    expect(failureRows(snapshot)).toEqual(snapshot.failures)
  })
})

describe('attention', () => {
  it('is silent on a good day and puts first what needs a human', async () => {
    const { snapshot } = await watched(1)
    const good = { ...snapshot, queues: snapshot.queues.map((queue) => ({ ...queue, dead: 0 })) }
    expect(attention(good)).toEqual([])
    const bad = {
      ...snapshot,
      fibers: { ...snapshot.fibers, allowed: 4_000, cutBy: 'loop' as const },
      loopDelayMs: { p50: 100, p99: 900, max: 2_000 },
      memory: { ...snapshot.memory, heapUsedBytes: snapshot.memory.heapLimitBytes * 0.9 },
      totals: { ...snapshot.totals, stuck: 1, zombies: 2, polluted: 1, stale: 3 },
      queues: snapshot.queues.map((queue) => ({ ...queue, paused: true })),
    }
    expect(attention(bad)).toEqual([
      { level: 'human', text: 'heap at 90 % of its limit' },
      { level: 'human', text: '12 dead jobs wait for a decision (4)' },
      { level: 'human', text: '1 job ignored the abort and was declared stuck' },
      { level: 'watch', text: 'demand cut to 4,000 of 10,000: the event loop is late' },
      { level: 'watch', text: 'event loop late: p99 900 ms' },
      { level: 'watch', text: '3 stale settles: the lease was lost, those jobs run elsewhere' },
      { level: 'watch', text: '2 zombies: work that outlived its job' },
      { level: 'watch', text: '1 change to what all jobs share' },
      { level: 'watch', text: '4 queues paused' },
    ])
  })
})

describe('zombies', () => {
  it('are counted, and the newest is named with its line', async () => {
    const { snapshot } = await watched(1)
    const said = (zombies: number) => {
      const left = 'an interval of 1000 ms, made at poll (/srv/app/jobs/mail.ts:12:5)'
      const zombie = { atMs: snapshot.atMs, name: 'send-mail', left }
      return attention({ ...snapshot, totals: { ...snapshot.totals, zombies }, zombie }).at(-1)
    }
    const text = 'of send-mail: an interval of 1000 ms, made at poll (jobs/mail.ts:12:5)'
    expect(said(1)).toEqual({ level: 'watch', text: `1 zombie, ${text}` })
    expect(said(3)).toEqual({ level: 'watch', text: `3 zombies, the newest ${text}` })
  })
})

describe('a block', () => {
  it('is told for a minute, with the job and the line, as sure as one can be', async () => {
    const { snapshot } = await watched(1)
    const said = (fields: object, agoMs = 12_000) => {
      const blocked = { atMs: snapshot.atMs - agoMs, blockedMs: 3_240, sure: 'exact' as const, ...fields }
      return attention({ ...snapshot, blocked }).find(({ text }) => text.includes('blocked'))?.text
    }
    const at = 'render (file:///srv/app/jobs/render.ts:12:5)'
    expect(said({ name: 'render', at })).toBe(
      'render blocked the loop for 3.24 s, 12s ago: render (jobs/render.ts:12:5)',
    )
    expect(said({ name: 'render', sure: 'suspect' })).toBe('render (perhaps) blocked the loop for 3.24 s, 12s ago')
    expect(said({ sure: 'unknown' })).toBe('something blocked the loop for 3.24 s, 12s ago')
    expect(said({ name: 'render' }, 61_000)).toBe(undefined)
  })
})

describe('concurrency', () => {
  test.each([
    [1, 1, 2],
    [9, 1, 10],
    [30, 1, 31],
    [1_000, 1, 1_100],
    [10_000, 1, 11_000],
    [10_432, 1, 11_000],
    [10_000, -1, 9_900],
    [1_000, -1, 990],
    [1, -1, 1],
    [concurrencyMax, 1, concurrencyMax],
  ] as const)('from %d by %d to %d', (now, direction, next) => expect(stepConcurrency(now, direction)).toBe(next))

  it('goes up and down in the same steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90_000 }), (now) => {
        expect(stepConcurrency(stepConcurrency(now, 1), -1)).toBeLessThanOrEqual(now)
      }),
    )
  })

  test.each([
    ['2500', 2_500],
    ['10,000', 10_000],
    [' 10_000 ', 10_000],
  ])('reads %s', (text, value) => expect(parseConcurrency(text)).toBe(value))
  test.each(['0', '', '-3', '1e9', '100001', 'x'])('refuses %j', (text) =>
    expect(parseConcurrency(text)).toMatch(/whole number/),
  )
})
