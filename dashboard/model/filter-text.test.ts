import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jobStates } from '../../src/contract/job.ts'
import { filterFromQuery, filterFromText, filterQuery, filterText, type ListFilter } from './filter-text.ts'

const key = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
const filters: fc.Arbitrary<ListFilter> = fc.record(
  {
    states: fc.subarray([...jobStates], { minLength: 1 }),
    queue: key,
    name: key,
    group: key,
    tag: key,
    idPrefix: key,
    error: key,
    olderThanMs: fc.integer({ min: 0, max: 1e10 }),
    from: fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString()),
    to: fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString()),
  },
  { requiredKeys: [] },
)

const local = (text: string): string => new Date(text).toISOString()

describe('filters', () => {
  test('come back from the text that they are written as', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(filterFromText(filterText(filter))).toEqual({ filter, problems: [] })
      }),
      { numRuns: 500 },
    )
  })

  test('come back from the URL', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(filterFromQuery(new URLSearchParams(filterQuery(filter)))).toEqual(filter)
      }),
      { numRuns: 500 },
    )
  })

  test.each<[string, ListFilter]>([
    ['', {}],
    ['state:dead,quarantined queue:mail', { states: ['dead', 'quarantined'], queue: 'mail' }],
    ['state:dead "card was declined"', { states: ['dead'], error: 'card was declined' }],
    ['card was declined', { error: 'card was declined' }],
    ['Error: x:y', { error: 'Error: x:y' }],
    ['group:"two words" tag:a id:idem-', { group: 'two words', tag: 'a', idPrefix: 'idem-' }],
    ['QUEUE:mail', { queue: 'mail' }],
    ['older:2h', { olderThanMs: 7_200_000 }],
    ['"never closed', { error: 'never closed' }],
    ['from:2026-11-22T14:00:00+01:00', { from: '2026-11-22T13:00:00.000Z' }],
    ['from:2026-11-22 to:"2026-11-22T14:00"', { from: local('2026-11-22T00:00'), to: local('2026-11-22T14:00') }],
  ])('%j', (text, filter) => {
    expect(filterFromText(text)).toEqual({ filter, problems: [] })
  })

  test.each([
    ['state:ded', 'There is no state "ded"'],
    ['older:soon', '"soon" is no time'],
    ['from:soon', '"soon" is no moment'],
    ['to:2026-13-01', 'is no moment'],
    ['to:1', 'is no moment'],
    ['from:99999d', 'is no moment'],
    ['queue:', undefined],
    ['queue:""', 'Say what `queue:` should be.'],
  ])('%j is told', (text, problem) => {
    const { problems } = filterFromText(text)
    if (problem === undefined) expect(problems).toEqual([])
    else expect(problems).toEqual([expect.stringContaining(problem)])
  })

  test('how long ago is a moment from then on', () => {
    const nowMs = Date.parse('2026-11-22T14:00:00Z')
    const { filter, problems } = filterFromText('from:2h to:30m', nowMs)
    expect([filter, problems]).toEqual([{ from: '2026-11-22T12:00:00.000Z', to: '2026-11-22T13:30:00.000Z' }, []])
  })

  test('of a URL nothing that is wrong gets in', () => {
    expect(filterFromQuery(new URLSearchParams('state=ded&older=x&queue=&page=2&tag=a'))).toEqual({ tag: 'a' })
  })

  test('a URL is readable', () => {
    expect(filterQuery({ states: ['dead', 'quarantined'], queue: 'mail', olderThanMs: 90_000 })).toBe(
      'state=dead,quarantined&queue=mail&older=90s',
    )
  })
})
