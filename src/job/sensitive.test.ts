import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { hidden } from '../base/redact.ts'
import { defineJob } from './definition.ts'
import { unchecked } from './schema.ts'
import { redactInput } from './sensitive.ts'

const person = z.object({
  name: z.string(),
  email: z.email().meta({ sensitive: true }),
  born: z.coerce.date(),
  get friends() {
    return z.array(person).optional()
  },
})

describe('what a definition calls sensitive', () => {
  it('is hidden by its path, through lists and any key', () => {
    const sensitive = ['card.number', 'users.*.email', 'people.email', 'by.*.note', 'list.1', 'gone.away', 'nothing']
    const job = defineJob('pay', { input: unchecked<unknown>(), sensitive })
    const input = {
      card: { number: 4_111, brand: 'x' },
      users: [{ email: 'a@x', id: 1 }, { email: null }],
      people: [{ email: 'b@x', id: 2 }],
      by: { ann: { note: 'canary', n: 1 }, bob: { note: 'canary' } },
      list: [1, 2, 3],
      gone: 'here',
      password: 'canary',
    }
    const before = structuredClone(input)
    expect(redactInput(job, input)).toEqual({
      card: { number: hidden, brand: 'x' },
      users: [{ email: hidden, id: 1 }, { email: null }],
      people: [{ email: hidden, id: 2 }],
      by: { ann: { note: hidden, n: 1 }, bob: { note: hidden } },
      list: [1, hidden, 3],
      gone: 'here',
      password: hidden,
    })
    expect(input).toEqual(before)
  })

  it('is all of it, or nothing that is not hidden anyway', () => {
    const all = defineJob('all', { input: unchecked<unknown>(), sensitive: true })
    expect(redactInput(all, { a: 1 })).toBe(hidden)
    expect(redactInput(all, 'text')).toBe(hidden)
    expect(redactInput(all, undefined)).toBeUndefined()
    const none = defineJob('none', { input: unchecked<unknown>() })
    expect(redactInput(none, { a: 1, token: 'canary' })).toEqual({ a: 1, token: hidden })
    expect(redactInput(undefined, { a: 1, token: 'canary' })).toEqual({ a: 1, token: hidden })
  })

  it('is found in the metadata of a schema, in every corner of it', () => {
    const secret = z.string().meta({ sensitive: true })
    const input = z.object({
      people: z.array(person),
      byKey: z.record(z.string(), z.object({ code: z.number().meta({ sensitive: true }) })),
      pair: z.tuple([z.string(), secret]),
      either: z.union([z.object({ kind: z.literal('a'), a: secret }), z.string()]),
      both: z.intersection(z.object({ x: z.string() }), z.object({ y: secret })),
      whole: z.object({ a: z.string() }).meta({ sensitive: true }),
      turned: secret.transform((text) => text.length),
    })
    const job = defineJob('many', { input })
    const ann = { name: 'Ann', email: 'canary', born: '2000-01-01' }
    expect(
      redactInput(job, {
        people: [{ ...ann, friends: [{ ...ann, friends: [ann] }] }],
        byKey: { k: { code: 7 } },
        pair: ['shown', 'canary'],
        either: { kind: 'a', a: 'canary' },
        both: { x: 'shown', y: 'canary' },
        whole: { a: 'canary' },
        turned: 'canary',
      }),
    ).toEqual({
      people: [{ ...ann, email: hidden, friends: [{ ...ann, email: hidden, friends: [{ ...ann, email: hidden }] }] }],
      byKey: { k: { code: hidden } },
      pair: ['shown', hidden],
      either: { kind: 'a', a: hidden },
      both: { x: 'shown', y: hidden },
      whole: hidden,
      turned: hidden,
    })
  })

  it('does not mind a schema that tells nothing, or breaks', () => {
    const standard = { version: 1 as const, vendor: 'x', validate: (value: unknown) => ({ value }) }
    const broken = {
      '~standard': {
        ...standard,
        jsonSchema: {
          input: () => {
            throw new Error('no')
          },
        },
      },
    }
    expect(redactInput(defineJob('b', { input: broken }), { a: 1 })).toEqual({ a: 1 })
    const endless = {
      '~standard': { ...standard, jsonSchema: { input: () => ({ anyOf: [{ $ref: '#' }], x: { sensitive: true } }) } },
    }
    expect(redactInput(defineJob('e', { input: endless }), { a: 1 })).toEqual({ a: 1 })
    const astray = {
      '~standard': { ...standard, jsonSchema: { input: () => ({ $ref: '#/no/where', x: { sensitive: true } }) } },
    }
    expect(redactInput(defineJob('s', { input: astray }), { a: 1 })).toEqual({ a: 1 })
  })

  it.each([[['a..b']], [['']], [false], ['a'], [[1]]])('refuses the option %o', (sensitive) => {
    expect(() => defineJob('x', { sensitive: sensitive as never })).toThrow('allowed is true, or a list')
  })
})
