import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { open } from './codec.ts'
import { type AnyDefinition, defineJob } from './definition.ts'
import type { EnqueueOptions } from './options.ts'
import { prepareJob } from './prepare.ts'
import { unchecked } from './schema.ts'

let ids = 0
const prepare = async (definition: AnyDefinition, input?: unknown, options?: EnqueueOptions) =>
  prepareJob(definition, input, options, () => `id-${++ids}`)
const anything = defineJob('any', { input: unchecked<unknown>() })
const refused = (code: string, message?: RegExp) =>
  expect.objectContaining({ code, ...(message && { message: expect.stringMatching(message) }) })

describe('prepareJob', () => {
  it('seals the input as it came in, not as the schema gives it back', async () => {
    const definition = defineJob('trim', {
      input: z.object({ at: z.coerce.date(), name: z.string().trim() }),
      version: 3,
    })
    const job = await prepare(definition, { at: '2026-01-02', name: ' Ann ' })
    expect(open(job.body)).toEqual({ version: 3, overrides: undefined, input: { at: '2026-01-02', name: ' Ann ' } })
  })

  it('derives group, unique key and tags from what the schema gives back', async () => {
    const definition = defineJob('hook', {
      input: z.object({ url: z.string().transform((url) => new URL(url)) }),
      group: ({ url }) => url.host,
      unique: ({ url }) => ({ key: url.pathname, mode: 'replace' }),
      tags: ({ url }) => [url.protocol],
    })
    expect(await prepare(definition, { url: 'https://a.test/x' }, { tags: ['mine'] })).toMatchObject({
      group: 'a.test',
      unique: { key: '/x', mode: 'replace' },
      tags: ['https:', 'mine'],
    })
  })

  it('an enqueue wins over the definition', async () => {
    const definition = defineJob('any', {
      input: unchecked<unknown>(),
      priority: 2,
      group: 'a',
      headers: { a: '1', b: '1' },
    })
    const job = await prepare(definition, 1, {
      priority: 9,
      group: 'b',
      headers: { b: '2' },
      id: 'mine',
      attempts: 2,
      timeoutMs: false,
    })
    expect(job).toMatchObject({ id: 'mine', priority: 9, group: 'b', headers: { a: '1', b: '2' } })
    expect(open(job.body).overrides).toEqual({ attempts: 2, timeoutMs: false })
  })

  it('delays: none, by time, at a time', async () => {
    expect(await prepare(anything, 1, { delayMs: 0 })).not.toHaveProperty('due')
    expect((await prepare(anything, 1, { delayMs: 2 ** 31 + 5 })).due).toEqual({ inMs: 2 ** 31 + 5 })
    expect((await prepare(anything, 1, { runAt: new Date(5_000) })).due).toEqual({ atMs: 5_000 })
  })

  it.each<[string, EnqueueOptions]>([
    ['delay −1', { delayMs: -1 }],
    ['delay NaN', { delayMs: NaN }],
    ['delay Infinity', { delayMs: Infinity }],
    ['a delay of text', { delayMs: '5' as never }],
    ['an invalid date', { runAt: new Date('nope') }],
    ['both delays', { delayMs: 1, runAt: 1 }],
    ['priority 11', { priority: 11 }],
    ['a custom backoff', { backoff: { kind: 'custom', delayMs: () => 1 } as never }],
    ['an unknown option', { prio: 1 } as never],
  ])('refuses %s', async (_name, options) => {
    await expect(prepare(anything, 1, options)).rejects.toThrow(refused('FW_JOB_INVALID'))
  })

  it.each(['', 'a\0b', 'a\r\nb', '\ud800', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    for (const options of [{ id: key }, { group: key }, { unique: key }, { tags: [key] }]) {
      await expect(prepare(anything, 1, options)).rejects.toThrow(refused('FW_NAME_INVALID'))
    }
  })

  it('refuses invalid input, with the path of each problem', async () => {
    const definition = defineJob('mail', { input: z.object({ to: z.string(), cc: z.array(z.string()) }) })
    await expect(prepare(definition, { to: 1, cc: ['a', 2] })).rejects.toThrow(
      refused('FW_INPUT_INVALID', /`to`: .*`cc\.1`: /),
    )
    await expect(prepare(defineJob('none', {}), { a: 1 })).rejects.toThrow(
      refused('FW_INPUT_INVALID', /takes no input/),
    )
    const late = defineJob('late', { input: z.string().refine(async (text) => text !== 'no') })
    await expect(prepare(late, 'no')).rejects.toThrow(refused('FW_INPUT_INVALID'))
    await expect(prepare(late, 'yes')).resolves.toBeDefined()
  })

  const circle: { self?: unknown } = {}
  circle.self = circle
  let deep: unknown = 1
  for (let i = 0; i < 70; i++) deep = [deep]
  it.each<[string, unknown, RegExp]>([
    ['a BigInt', { a: { b: 1n } }, /`a\.b` is a bigint/],
    ['a circle', circle, /circular/],
    ['a Map', { m: new Map() }, /`m` is a Map/],
    ['a Buffer', { b: Buffer.from('a') }, /`b` is a Buffer/],
    ['NaN', [1, NaN], /`1` is NaN/],
    ['Infinity', Infinity, /Infinity/],
    ['a function', { f() {} }, /`f` is a function/],
    ['a symbol', { s: Symbol('s') }, /symbol/],
    ['undefined in a list', [undefined], /undefined/],
    ['too deep', deep, /deeper than 64/],
  ])('refuses %s, naming the place', async (_name, input, message) => {
    await expect(prepare(anything, input)).rejects.toThrow(refused('FW_INPUT_NOT_JSON', message))
  })

  it('refuses a value that its own schema would not take back from JSON', async () => {
    const strict = defineJob('at', { input: z.object({ at: z.date() }) })
    await expect(prepare(strict, { at: new Date() })).rejects.toThrow(refused('FW_INPUT_NOT_JSON', /coerce/))
    const coercing = defineJob('at', { input: z.object({ at: z.coerce.date() }) })
    await expect(prepare(coercing, { at: new Date() })).resolves.toBeDefined()
  })

  it.each([
    [],
    {},
    '',
    0,
    -0,
    1e21,
    2 ** 53 + 1,
    '\u2028',
    '\ud800',
    null,
    { __proto__: null, a: [] },
    { a: undefined },
    [[[]]],
  ])('keeps %j as it is', async (input) => {
    const { body } = await prepare(anything, input)
    expect(JSON.stringify(open(body).input)).toBe(JSON.stringify(input))
  })
})

describe('open', () => {
  it.each(['', 'x', '[]', '{}', 'null', '{"v":"1"}', '{"v":1', '7'])('refuses %j', (body) => {
    expect(() => open(body)).toThrow(refused('FW_BODY_INVALID'))
  })
  it('drops a key that could poison a prototype', () => {
    const { input } = open('{"v":1,"d":{"__proto__":{"bad":1},"a":{"__proto__":2,"b":1}}}')
    expect(JSON.stringify(input)).toBe('{"a":{"b":1}}')
    expect(({} as { bad?: unknown }).bad).toBeUndefined()
  })
})
