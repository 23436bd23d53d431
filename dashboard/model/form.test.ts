import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  checkInput,
  type Draft,
  draftOf,
  type Field,
  flatForm,
  formOf,
  issuesIn,
  type JsonSchema,
  linesOf,
  readDraft,
  readJson,
  withDraft,
} from './form.ts'

const formFor = (schema: z.ZodType): Field => formOf(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema)

const order = z.object({
  user: z.string().min(1).meta({ title: 'Customer', description: 'Who pays.' }),
  cents: z.int().min(1).max(1_000),
  weight: z.number().multipleOf(0.1).optional(),
  express: z.boolean(),
  gift: z.boolean().optional(),
  plan: z.enum(['free', 'paid']).default('free'),
  card: z.string().meta({ sensitive: true }),
  note: z.string().nullable(),
  email: z.email().optional(),
  address: z.object({ street: z.string(), country: z.string().default('DE'), isHome: z.boolean() }).optional(),
  items: z.array(z.object({ sku: z.string(), count: z.int() })).min(1),
  labels: z.record(z.string(), z.string()).optional(),
})

const full = {
  user: 'Ada',
  cents: 5,
  weight: 0.3,
  express: true,
  gift: false,
  plan: 'paid',
  card: '4111',
  note: null,
  email: 'ada@example.org',
  address: { street: 'Main', country: 'FR', isHome: true },
  items: [{ sku: 'a', count: 2 }],
  labels: { x: 'y' },
}

describe('fields', () => {
  test('are made of a schema: kinds, what is needed, defaults, secrets, words', () => {
    const form = formFor(order)
    const shape = (form.fields ?? []).map(({ key, kind, isRequired }) => [key, kind, isRequired])
    expect(shape).toEqual([
      ['user', 'text', true],
      ['cents', 'number', true],
      ['weight', 'number', false],
      ['express', 'boolean', true],
      ['gift', 'choice', false],
      ['plan', 'choice', false],
      ['card', 'text', true],
      ['note', 'text', true],
      ['email', 'text', false],
      ['address', 'object', false],
      ['items', 'list', true],
      ['labels', 'json', false],
    ])
    const by = new Map((form.fields ?? []).map((field) => [field.key, field]))
    expect(by.get('user')).toMatchObject({ label: 'Customer', description: 'Who pays.' })
    expect(by.get('plan')).toMatchObject({ initial: 'free', choices: ['free', 'paid'] })
    expect(by.get('card')).toMatchObject({ isSensitive: true })
    expect(by.get('note')).toMatchObject({ takesNull: true })
    expect(by.get('items')!.item).toMatchObject({ kind: 'object' })
  })

  test.each<[string, JsonSchema | undefined, Field['kind']]>([
    ['no schema', undefined, 'json'],
    ['a schema that says nothing', {}, 'json'],
    ['a text alone', { type: 'string' }, 'text'],
    ['one constant', { const: 7 }, 'choice'],
    ['constants in a union', { anyOf: [{ const: 'a' }, { enum: ['b', 'c'] }] }, 'choice'],
    ['a union of shapes', { anyOf: [{ type: 'string' }, { type: 'number' }] }, 'json'],
    ['two types', { type: ['string', 'number'] }, 'json'],
    ['a text or null', { type: ['string', 'null'] }, 'text'],
    ['a reference', { $ref: '#/$defs/a', $defs: { a: { type: 'integer' } } }, 'number'],
    ['a reference that leads nowhere', { $ref: '#/$defs/b' }, 'json'],
    ['a reference to itself', { $ref: '#' }, 'json'],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }] }, 'json'],
  ])('%s', (_what, schema, kind) => {
    expect(formOf(schema).kind).toBe(kind)
  })

  test('a schema that leads back to itself ends in JSON', () => {
    const tree: JsonSchema = { type: 'object', properties: { left: { $ref: '#' }, name: { type: 'string' } } }
    let depth = 0
    for (let at: Field | undefined = formOf(tree); at?.kind === 'object'; at = at.fields![0]) depth += 1
    expect(depth).toBe(6)
  })
})

describe('drafts', () => {
  test('a whole input comes back as it was', () => {
    const form = formFor(order)
    expect(readDraft(form, draftOf(form, full))).toEqual({ input: full, issues: [] })
  })

  test('any input that a schema lets in comes back, but for what means the same', () => {
    const schema = z.object({
      a: z.string().min(1),
      b: z.number().optional(),
      c: z.boolean(),
      d: z.array(z.int()).optional(),
      e: z.object({ f: z.enum(['x', 'y']), g: z.unknown().optional() }),
    })
    const form = formFor(schema)
    const inputs = fc.record(
      {
        a: fc.string({ minLength: 1 }),
        b: fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0),
        c: fc.boolean(),
        d: fc.array(fc.integer(), { minLength: 1 }),
        e: fc.record({ f: fc.constantFrom('x', 'y'), g: fc.jsonValue() }, { requiredKeys: ['f'] }),
      },
      { requiredKeys: ['a', 'c', 'e'] },
    )
    fc.assert(
      fc.property(inputs, (input) => {
        const asSent: unknown = JSON.parse(JSON.stringify(input))
        expect(readDraft(form, draftOf(form, asSent))).toEqual({ input: asSent, issues: [] })
      }),
    )
  })

  test('an empty form names what is needed, and leaves out what is not', () => {
    const form = formFor(order)
    const { input, issues } = readDraft(form, draftOf(form))
    expect(input).toEqual({ express: false, plan: 'free', note: null, items: [] })
    expect(issues).toEqual([
      { path: 'user', message: 'Needs a value.' },
      { path: 'cents', message: 'Needs a value.' },
      { path: 'card', message: 'Needs a value.' },
      { path: 'items', message: 'Needs 1 or more.' },
    ])
  })

  test('what cannot be read is told at its place, once', () => {
    const form = formFor(order)
    let draft: Draft = draftOf(form, full)
    draft = withDraft(draft, ['cents'], '12 apples')
    draft = withDraft(draft, ['items', '0', 'count'], 'x')
    draft = withDraft(draft, ['labels'], '{ "x": ')
    const { issues } = readDraft(form, draft)
    expect(issues.map(({ path }) => path)).toEqual(['cents', 'items.0.count', 'labels'])
    expect(issues[2]!.message).toMatch(/^Is no JSON: .+\.$/)
  })

  test('an optional object that is begun has to be finished', () => {
    const form = formFor(order)
    const { address: _address, ...rest } = full
    const empty = draftOf(form, rest)
    expect(readDraft(form, empty).input).not.toHaveProperty('address')
    expect(readDraft(form, withDraft(empty, ['address', 'isHome'], true)).issues).toEqual([
      { path: 'address.street', message: 'Needs a value.' },
    ])
  })

  test('line by line: lists are JSON, and their items are checked all the same', () => {
    const form = formFor(order)
    const flat = flatForm(form)
    expect(linesOf(flat).map(({ path }) => path.join('.'))).toContain('address.street')
    const draft = withDraft(draftOf(flat, full), ['items'], '[{ "sku": "a", "count": 1.5 }]')
    const { input, issues } = readDraft(flat, draft)
    expect(issues).toEqual([])
    expect(checkInput(form, input)).toEqual([{ path: 'items.0.count', message: 'Must be a whole number.' }])
  })
})

describe('checks', () => {
  test.each<[JsonSchema, unknown, string]>([
    [{ type: 'integer', minimum: 1 }, 0, 'Must be 1 or more.'],
    [{ type: 'number', maximum: 1 }, 2, 'Must be 1 or less.'],
    [{ type: 'number', exclusiveMinimum: 0 }, 0, 'Must be more than 0.'],
    [{ type: 'number', exclusiveMaximum: 1 }, 1, 'Must be less than 1.'],
    [{ type: 'number', multipleOf: 0.1 }, 0.25, 'Must be a multiple of 0.1.'],
    [{ type: 'number' }, '1', 'Must be a number.'],
    [{ type: 'string' }, 1, 'Must be a text.'],
    [{ type: 'string', minLength: 2 }, 'a', 'Needs 2 characters or more.'],
    [{ type: 'string', maxLength: 1 }, 'ab', 'Takes at most 1 characters.'],
    [{ type: 'string', pattern: '^a' }, 'b', 'Must match ^a.'],
    [{ type: 'string', format: 'email', pattern: '@' }, 'b', 'Is not an e-mail address.'],
    [{ type: 'boolean' }, 'yes', 'Must be true or false.'],
    [{ enum: ['a', 'b'] }, 'c', 'Must be one of "a", "b".'],
    [{ type: 'array', items: {}, maxItems: 1 }, [1, 2], 'Takes at most 1.'],
    [{ type: 'array', items: {} }, {}, 'Must be a list.'],
    [{ type: 'object', properties: {} }, [], 'Must be an object.'],
    [{ type: 'string' }, null, 'Must be a text.'],
  ])('%j of %j', (schema, input, message) => {
    expect(checkInput(formOf(schema), input)).toEqual([{ path: '', message }])
  })

  test('names that nobody knows are wrong where the schema is closed', () => {
    expect(checkInput(formFor(z.strictObject({ a: z.string() })), { a: '', b: 1 })).toEqual([
      { path: 'b', message: 'There is no such field.' },
    ])
    expect(checkInput(formFor(z.object({ a: z.string() })), { a: '', b: 1 })).toEqual([])
  })

  test('a pattern that is none, and an optional null, are let through', () => {
    expect(checkInput(formOf({ type: 'string', pattern: '(' }), 'x')).toEqual([])
    expect(checkInput(formOf({ type: ['string', 'null'] }), null)).toEqual([])
  })

  test('the refusal of a worker is told at its places', () => {
    const detail =
      'The input of "pay" is not valid. `cents`: Too small: expected number to be >=1; `items.0.sku`: Invalid input; really'
    expect(issuesIn(detail)).toEqual([
      { path: 'cents', message: 'Too small: expected number to be >=1' },
      { path: 'items.0.sku', message: 'Invalid input; really' },
    ])
    expect(issuesIn('The input of "x" is not valid. (input): Expected object')).toEqual([
      { path: '', message: 'Expected object' },
    ])
    expect(issuesIn('The queue is full.')).toEqual([])
  })

  test('JSON is read, or said to be none', () => {
    expect(readJson('{"a":1}')).toEqual({ value: { a: 1 } })
    expect(readJson('{a:1}')).toEqual({ problem: expect.stringMatching(/^Is no JSON: /) as string })
  })
})
