import { expect, test } from 'vitest'
import type { Event } from '../../stress/history/events.ts'
import { type Asked, judge, type ListedJob, type Shared } from './judge.ts'

const [old, fresh] = [101, 102]

function ran(
  id: string,
  pid: number,
  [fromMs, toMs]: [number, number],
  how: 'returned' | 'threw' = 'returned',
  attempt = 1,
) {
  const run = `${pid}:${fromMs}`
  return [
    { atMs: fromMs, pid, kind: 'start', id, run, attempt, crashes: 0 },
    { atMs: toMs, pid, kind: 'end', run, how },
  ] satisfies Event[]
}

function shared(events: Event[], asked: Record<string, Partial<Asked>>, job: Partial<ListedJob> = {}): Shared {
  const last = events.findLast(({ kind }) => kind === 'end') as { run: string }
  const jobs = Object.keys(asked).map((id) => ({
    id,
    state: 'done',
    attempts: 1,
    crashes: 0,
    result: { run: last.run },
    ...job,
  }))
  return {
    events: events.toSorted((a, b) => a.atMs - b.atMs),
    asked: new Map(Object.entries(asked).map(([id, more]) => [id, { expected: 'done', ...more }])),
    leaseMs: 3_000,
    keepsFailures: new Map([
      [old, false],
      [fresh, true],
    ]),
    read: { first: jobs.map(({ failures: _failures, ...job }) => job), second: jobs },
  }
}

const failedInFresh = [...ran('j', fresh, [0, 10], 'threw', 1), ...ran('j', old, [20, 30], 'returned', 2)]
const oneGroup = { a: { group: 'g' }, b: { group: 'g' } }

test('what both did as it had to be has no problem', () => {
  const kept = { attempts: 2, failures: [{ attempt: 1, error: 'e' }] }
  expect(judge(shared(failedInFresh, { j: {} }, kept))).toEqual([])
  const dropped = shared(failedInFresh, { j: {} }, { attempts: 2 })
  expect(judge({ ...dropped, failuresWithin: true })).toEqual([])
  const inTurn = [...ran('a', old, [0, 10]), ...ran('b', fresh, [20, 30])]
  const { read: _noRecords, ...broker } = shared(inTurn, oneGroup)
  expect(judge(broker)).toEqual([])
  const { read: _noRecordsEither, ...forked } = shared([...ran('j', old, [0, 10]), ...ran('j', fresh, [5, 30])], {
    j: {},
  })
  expect(judge(forked)).toEqual([])
})

test.each<[string, Shared, RegExp]>([
  [
    'a failure that was dropped',
    shared(failedInFresh, { j: {} }, { attempts: 2 }),
    /attempt 1 failed, and its failures are those/,
  ],
  [
    'a job before its time',
    shared(ran('j', old, [100, 110]), { j: { notBeforeMs: 150 } }),
    /began 50 ms before its time/,
  ],
  [
    'two of a group at once',
    shared([...ran('a', old, [0, 10]), ...ran('b', fresh, [5, 30])], oneGroup),
    /b began while a of the same group ran/,
  ],
  ['a job twice', shared([...ran('j', old, [0, 10]), ...ran('j', fresh, [5, 30])], { j: {} }), /began without a cause/],
  ['a job that nobody ran', shared(ran('j', old, [0, 10]), { j: {}, lost: {} }), /lost: is done and was never run/],
  [
    'a tick that is missing',
    shared([...ran('every-second@1000', old, [0, 1]), ...ran('every-second@3000', old, [2, 3])], {}),
    /the tick of 2000 never ran/,
  ],
])('%s is a problem', (_name, shared, problem) => {
  expect(judge(shared).join('\n')).toMatch(problem)
})

test('two builds that read another thing of a job are told', () => {
  const one = shared(ran('j', old, [0, 10]), { j: {} })
  const { first, second } = one.read!
  expect(judge({ ...one, read: { first: [{ ...first[0]!, attempts: 3 }], second } }).join()).toMatch(
    /j reads .*"attempts":3.* and .*"attempts":1/,
  )
  expect(judge({ ...one, read: { first: [], second } })).toEqual(['one reads 0 jobs, the other 1'])
})
