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
  },
  { requiredKeys: [] },
)

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
  ])('%j', (text, filter) => {
    expect(filterFromText(text)).toEqual({ filter, problems: [] })
  })

  test.each([
    ['state:ded', 'There is no state "ded"'],
    ['older:soon', '"soon" is no time'],
    ['queue:', undefined],
    ['queue:""', 'Say what `queue:` should be.'],
  ])('%j is told', (text, problem) => {
    const { problems } = filterFromText(text)
    if (problem === undefined) expect(problems).toEqual([])
    else expect(problems).toEqual([expect.stringContaining(problem)])
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
