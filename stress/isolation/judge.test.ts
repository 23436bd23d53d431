import { describe, expect, test } from 'vitest'
import { type Evidence, judge, seenClass } from './judge.ts'
import { classOf, type Expected, inBoth, type Kind } from './kind.ts'
import { kinds } from './kinds/index.ts'
import type { Line } from './trace.ts'

const expected: Expected = { innocents: 'nothing', named: ['job.blamed:owner'], ends: 'dead' }
const kind: Kind = { name: 'k', about: 'k', class: 'contained', answer: '', ...inBoth(expected), act: () => {} }

const act: Line = { life: 1, kind: 'act', id: 'h', proof: 'done', beside: 20 }
const ran: Line = { life: 1, kind: 'ran', id: 'i1', ms: 5 }
const blamed = (id: string, by = 'job.blamed:owner'): Line => ({ life: 1, kind: 'named', id, by })
const seen: Line = { life: 1, kind: 'seen', id: 'i1', what: 'process.env', expected: 'a', seen: 'b' }
const turn = (cpuMs: number): Line => ({ life: 1, kind: 'turn', cpuMs })

const evidence = (lines: Line[], more: Partial<Evidence> = {}): Evidence => ({
  kind,
  mode: 'production',
  lines,
  exits: [0],
  innocents: new Set(['i1', 'i2']),
  failed: new Map(),
  hostile: new Map([['h', 'dead']]),
  ...more,
})
const good = [act, blamed('h'), ran, turn(50)]
const problemsOf = (lines: Line[], more?: Partial<Evidence>) => judge(evidence(lines, more)).problems.join('\n')

describe('the judge of a cell', () => {
  test('as the kind says: nothing is wrong', () => {
    expect(judge(evidence(good))).toMatchObject({ ok: true, problems: [], notice: 'nothing', blameRight: true })
  })
  test.each<[string, Line[], Partial<Evidence>, RegExp]>([
    ['the act was not done', [blamed('h'), ran], {}, /shows nothing: the hostile act/],
    ['nobody ran after it', [ran, act, blamed('h')], {}, /shows nothing: no innocent ran after/],
    ['nobody ran beside it', [{ ...act, beside: 3 } as Line, blamed('h'), ran], {}, /only 3 innocents/],
    ['an innocent saw it', [...good, seen], {}, /noticed: disturbed process\.env \(1\)/],
    ['the loop stood still', [...good, turn(1_500)], {}, /noticed: late/],
    ['an innocent was named', [...good, blamed('i1')], {}, /the innocent i1 was named by job\.blamed:owner/],
    ['nobody was named', [act, ran], {}, /not named by job\.blamed:owner, but by nothing/],
    ['an innocent failed', good, { failed: new Map([['i2', 'is dead']]) }, /the innocent i2 is dead/],
    ['the doer got away', good, { hostile: new Map([['h', 'done']]) }, /the hostile job h is done and not dead/],
    ['the process was restarted', good, { exits: [70, 0] }, /ended with 70, 0 and not 0/],
    ['the process died', good, { exits: [null, 0] }, /ended with , 0 and not 0/],
    [
      'something came late',
      [...good, { life: 1, kind: 'afterwards', problem: 'a late write arrived' }],
      {},
      /a late write/,
    ],
  ])('%s', (_name, lines, more, problem) => {
    expect(problemsOf(lines, more)).toMatch(problem)
  })

  test('a guess of the guardian blames nobody, in strict mode nobody runs beside it', () => {
    expect(problemsOf([...good, blamed('i1', 'loop.blocked:suspect')])).toBe('')
    expect(problemsOf([{ ...act, beside: 0 } as Line, blamed('h'), ran], { mode: 'strict' })).toBe('')
  })
  test('where it is said that others see it, nobody seeing it is wrong', () => {
    const open = { ...kind, production: { ...expected, innocents: 'disturbed' } } as Kind
    expect(problemsOf(good, { kind: open })).toMatch(/noticed: nothing/)
    expect(problemsOf([...good, seen], { kind: open, failed: new Map([['i1', 'is dead']]) })).toBe('')
  })
  test('where nobody is to be named, a name is wrong', () => {
    const quiet = { ...kind, production: { ...expected, named: [] } } as Kind
    expect(problemsOf(good, { kind: quiet })).toMatch(/named by job\.blamed:owner, unexpectedly/)
  })
})

test('the class that two cells show', () => {
  const cell = (mode: Evidence['mode'], lines: Line[]) => judge(evidence(lines, { mode }))
  expect(seenClass(cell('production', good), cell('strict', good))).toBe('contained')
  expect(seenClass(cell('production', [...good, seen]), cell('strict', good))).toBe('detected')
  expect(seenClass(cell('production', [act, ran, seen]), cell('strict', good))).toBe('uncontained')
  expect(seenClass(cell('production', good), cell('strict', [...good, turn(2_000)]))).toBe('uncontained')
})

describe('the kinds', () => {
  test.each(kinds.map((kind) => [kind.name, kind] as const))('%s: its class is what it expects', (_name, kind) => {
    expect(classOf(kind)).toBe(kind.class)
  })
  test('have names of their own', () => {
    expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length)
  })
})
