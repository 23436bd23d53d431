import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineJob, isDefinition, isHandler } from './definition.ts'
import { checkLimits } from './limit-checks.ts'
import { declaredLimits, defineQueue } from './queue.ts'
import { Registry } from './registry.ts'

describe('defineJob', () => {
  it('knows its caller, its queue and its name', () => {
    const definition = defineJob('send', { queue: 'mails' })
    expect(definition).toMatchObject({ name: 'send', queue: { name: 'mails' }, source: import.meta.filename })
    expect(isDefinition(definition)).toBe(true)
    expect(isHandler(definition)).toBe(false)
    expect(isHandler(definition.handle(() => 1))).toBe(true)
    expect(isHandler({ default: definition })).toBe(false)
  })

  it.each<[string, object, RegExp]>([
    ['a priority of 11', { priority: 11 }, /`priority` is 11; allowed is an integer from 0 to 9/],
    ['a fractional attempt', { attempts: 1.5 }, /an integer from 1 to 1000/],
    ['a timeout below 1 ms', { timeoutMs: 0 }, /false, or milliseconds from 1/],
    ['a backoff without a base', { backoff: { kind: 'fixed' } }, /backoff/],
    ['an unknown backoff', { backoff: { kind: 'fibonacci', baseMs: 1 } }, /fixed/],
    ['an unknown jitter', { backoff: { kind: 'fixed', baseMs: 1, jitter: 'some' } }, /jitter/],
    ['a typo', { timeout: 5 }, /Did you mean `timeoutMs`/],
    ['something far off', { colour: 'red' }, /Known are/],
    ['a schema that is none', { input: { parse() {} } }, /Standard Schema/],
    ['an onError that is no function', { onError: 'retry' }, /a function/],
    ['a keep without an age', { keep: { count: 1 } }, /\{ count, ageMs \}/],
    ['headers that are not text', { headers: { a: 1 } }, /an object of strings/],
    ['a unique key of the wrong mode', { unique: { key: 'a', mode: 'drop' } }, /keep/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => defineJob('send', options)).toThrow(
      expect.objectContaining({ code: 'FW_JOB_INVALID', message: expect.stringMatching(message) }),
    )
  })

  it.each(['', ' ', 'a b', 'a:b', '{a}', '-a', '.a', 'a'.repeat(64), 'ä', 'a\0', '__proto__\n', 7, null])(
    'refuses the name %j',
    (name) => {
      expect(() => defineJob(name as string, {})).toThrow(expect.objectContaining({ code: 'FW_NAME_INVALID' }))
      expect(() => defineJob('a', { queue: name as string })).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/FW_(NAME|JOB)_INVALID/) }),
      )
    },
  )

  it('refuses a handler that is no function', () => {
    expect(() => defineJob('send', {}).handle(7 as never)).toThrow(/must be a function, not 7/)
  })

  it('accepts any Standard Schema', () => {
    expect(() => defineJob('send', { input: z.object({ to: z.email() }) }, ({ to }) => to)).not.toThrow()
  })
})

describe('defineQueue', () => {
  it.each([
    { rate: { tokens: 0, perMs: 1 } },
    { rate: [] },
    { rate: { tokens: 1 } },
    { concurrencyMax: 0 },
    { weight: -1 },
    { rates: {} },
    { groupRate: { tokens: 1, perMs: 1, burst: 0.5 } },
    { quota: { jobs: 0, perMs: 1_000 } },
    { quota: { jobs: 1.5, perMs: 1_000 } },
    { groupQuota: { jobs: 1, perMs: 0.5 } },
    { groupQuota: [{ jobs: 1, perMs: 1 }] },
    { quota: { jobs: 1, perMs: 1, burst: 1 } },
    { groups: [] },
    { groups: { gold: 3 } },
    { groups: { gold: { weight: 0 } } },
    { groups: { gold: { groupRate: { tokens: 1, perMs: 1 } } } },
  ])('refuses %j', (options) =>
    expect(() => defineQueue('a', options as never)).toThrow(expect.objectContaining({ code: 'FW_JOB_INVALID' })),
  )
})

describe('limits of a queue', () => {
  it('are said scope by scope, bursts filled in, empty scopes left out', () => {
    const day = { jobs: 2_000, perMs: 86_400_000 }
    const queue = defineQueue('q', {
      groupRate: { tokens: 3, perMs: 1_000 },
      groupQuota: day,
      groups: { gold: { weight: 3, rate: [] }, plain: {} },
    })
    expect(declaredLimits(queue)).toEqual([
      ['groups', { rates: [{ tokens: 3, perMs: 1_000, burst: 3 }], quota: day }],
      [{ group: 'gold' }, { rates: [], weight: 3 }],
    ])
    expect(declaredLimits(defineQueue('q', { quota: day, depthMax: 5, weight: 2 }))).toEqual([
      ['queue', { quota: day, depthMax: 5 }],
    ])
    expect(() => defineQueue('q', { groups: { 'a\nb': {} } })).toThrow(
      expect.objectContaining({ code: 'FW_NAME_INVALID' }),
    )
  })

  it.each([
    ['queue', { rates: [{ tokens: 1, perMs: 1_000 }] }],
    ['queue', { weight: 2 }],
    ['groups', { depthMax: 3 }],
    ['groups', { quota: { jobs: 10 } }],
    [{ group: 'g' }, { rate: [] }],
  ])('of %j are not %j at run time', (scope, settings) =>
    expect(() => checkLimits('q', scope as never, settings as never)).toThrow(
      expect.objectContaining({ code: 'FW_JOB_INVALID' }),
    ),
  )

  it('at run time may stop and free', () => {
    const freed = { rates: [], quota: { jobs: Number.MAX_SAFE_INTEGER, perMs: 1 }, concurrencyMax: 0 }
    expect(() => checkLimits('q', { group: 'g' }, freed)).not.toThrow()
    expect(() => checkLimits('q', { group: '' }, freed)).toThrow(expect.objectContaining({ code: 'FW_NAME_INVALID' }))
  })
})

describe('Registry', () => {
  const one = defineJob('one', { queue: 'q' }, () => 1)

  it('finds handlers by queue and name', () => {
    const registry = new Registry([one, defineJob('one', { queue: 'other' }, () => 2)])
    expect(registry.find('q', 'one')).toBe(one)
    expect(registry.find('q', 'two')).toBeUndefined()
    expect(registry.queues.map((queue) => queue.name)).toEqual(['q', 'other'])
    expect(registry.names('q')).toEqual(['one'])
    expect(registry.all()).toHaveLength(2)
  })

  it('one handler may take the names that no other has, in its queue alone', () => {
    const rest = Object.freeze({ ...defineJob('rest', { queue: 'q' }, () => 3), takesOtherNames: true })
    const registry = new Registry([one, rest, defineJob('one', { queue: 'other' }, () => 2)])
    expect(registry.find('q', 'one')).toBe(one)
    expect(registry.find('q', 'two')).toBe(rest)
    expect(registry.find('other', 'two')).toBeUndefined()
  })

  it('refuses what is no handler, a name twice, and a queue declared in two ways', () => {
    expect(() => new Registry([defineJob('one', {})])).toThrow(/takes handlers/)
    expect(() => new Registry([one, one])).toThrow(/Two handlers/)
    const limited = (max: number) => defineJob(`n${max}`, { queue: defineQueue('q', { concurrencyMax: max }) }, () => 1)
    expect(() => new Registry([limited(1), limited(2)])).toThrow(/declared twice/)
    expect(new Registry([one, limited(1)]).queues[0]?.options).toEqual({ concurrencyMax: 1 })
  })
})
