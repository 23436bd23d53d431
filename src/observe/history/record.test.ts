import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bucketCount, bucketOf, emptyBuckets, packBuckets, spreadOf, unpackInto } from './buckets.ts'
import { addSpan, cellOf, lineOf, others, type Span } from './span.ts'
import { countEnd, countStart, weightOf } from './cell.ts'
import { readSpan, writeSpan } from './record.ts'

const total = (span: Span): number =>
  [...span.values()].flatMap(({ names }) => [...names.values()]).reduce((sum, cell) => sum + weightOf(cell), 0)

function spanOf(queues: number, names: number, spread = 1): Span {
  const span: Span = new Map()
  for (let q = 0; q < queues; q++) {
    const line = lineOf(span, `queue-${q}`)
    line.inFlightMax = q
    line.depth = { atMs: 5, ready: 1, delayed: 2, running: 3, oldestReadyMs: 4 }
    for (let n = 0; n < names; n++) {
      const cell = cellOf(line, `name-${n}`)
      for (let i = 0; i <= spread; i++) {
        countStart(cell, 2 ** (i / 4))
        countEnd(cell, 2, 2 ** (i / 4))
      }
    }
  }
  return span
}

it('a duration is known to a tenth, from a quarter of a millisecond to ten days', () => {
  for (const ms of [0.3, 1, 7.3, 250, 59_999, 3_600_000, 8.6e8]) {
    const buckets = emptyBuckets()
    buckets[bucketOf(ms)]!++
    const { p50 } = spreadOf(buckets, ms)!
    expect(Math.abs(p50 - ms) / ms).toBeLessThan(0.1)
  }
  for (const odd of [0, -1, NaN]) expect(bucketOf(odd)).toBe(0)
  for (const odd of [1e12, Infinity]) expect(bucketOf(odd)).toBe(bucketCount - 1)
})

it('percentiles are those of what was measured', () => {
  const buckets = emptyBuckets()
  for (let ms = 1; ms <= 1_000; ms++) buckets[bucketOf(ms)]!++
  const spread = spreadOf(buckets, 500_500)!
  expect(spread).toMatchObject({ count: 1_000, mean: 500.5 })
  for (const [is, of] of [
    [spread.p50, 500],
    [spread.p95, 950],
    [spread.p99, 990],
  ] as const) {
    expect(Math.abs(is - of) / of).toBeLessThan(0.1)
  }
  expect(spreadOf(emptyBuckets(), 0)).toBeUndefined()
})

it('what is packed is unpacked the same, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1_000 }), { minLength: bucketCount, maxLength: bucketCount }), (buckets) => {
      const back = emptyBuckets()
      unpackInto(back, packBuckets(buckets))
      expect(back).toEqual(buckets)
    }),
  )
})

it('a record is read as it was written', () => {
  const span = spanOf(3, 4, 0)
  expect(readSpan(writeSpan(span))).toEqual(span)
})

it('a record that would be too large loses detail and no job', () => {
  for (const [queues, names, spread] of [
    [1, 5_000, 1],
    [200, 50, 100],
    [5_000, 1, 1],
  ] as const) {
    const span = spanOf(queues, names, spread)
    const text = writeSpan(span)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60 * 1_024)
    const back = readSpan(text)!
    expect(total(back)).toBe(total(span))
    expect(back.has(others) || [...back.values()].some((line) => line.names.has(others))).toBe(true)
  }
})

it('the busiest keep their names', () => {
  const span = spanOf(1, 2_000)
  for (let i = 0; i < 50; i++) countEnd(cellOf(lineOf(span, 'queue-0'), 'name-1234'), 2, 1)
  expect(readSpan(writeSpan(span))!.get('queue-0')!.names.has('name-1234')).toBe(true)
})

it.each([
  '',
  'null',
  '[]',
  '{}',
  '{"v":2,"q":{}}',
  '{"v":1,"q":{"a":null}}',
  '{"v":1,"q":{"a":{"f":"many","n":{}}}}',
  '{"v":1,"q":{"a":{"f":1,"n":{"x":[[-1],0,0,[],[]]}}}}',
  '{"v":1,"q":{"a":{"f":1,"n":{"x":[[1,1,1,1,1,1,1,1],0,0,["x"],[]]}}}}',
])('what is not ours is not read: %s', (text) => expect(readSpan(text)).toBeUndefined())

it('a bucket that does not exist is left out', () => {
  const text = '{"v":1,"q":{"a":{"f":1,"n":{"x":[[1,1,1,1,1,1,1,1],0,0,[500,1],[]]}}}}'
  expect(readSpan(text)!.get('a')!.names.get('x')!.run).toEqual(emptyBuckets())
})

it('processes beside each other add up what ran at once; times do not; the latest look at a queue holds', () => {
  const [a, b] = [spanOf(1, 1), spanOf(1, 1)]
  const line = (span: Span) => lineOf(span, 'queue-0')
  line(a).inFlightMax = 5
  line(b).inFlightMax = 7
  line(b).depth = { atMs: 9, ready: 10, delayed: 0, running: 0, oldestReadyMs: 1 }
  const [beside, after]: Span[] = [new Map(), new Map()]
  for (const one of [b, a]) {
    addSpan(beside!, one, 'beside')
    addSpan(after!, one, 'after')
  }
  expect(line(beside!)).toMatchObject({ inFlightMax: 12, depth: { ready: 10, oldestReadyMs: 1 } })
  expect(line(after!)).toMatchObject({ inFlightMax: 7, depth: { ready: 10, oldestReadyMs: 4 } })
  expect(total(beside!)).toBe(total(a) + total(b))
})

it('a name can be anything', () => {
  const span: Span = new Map()
  for (const name of ['__proto__', 'constructor', 'toString']) countEnd(cellOf(lineOf(span, name), name), 2, 1)
  expect(readSpan(writeSpan(span))).toEqual(span)
})
