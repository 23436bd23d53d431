import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isSealed, keyIdOf, Keyring } from './keyring.ts'

const newKey = () => randomBytes(32).toString('base64')
const [one, two] = [newKey(), newKey()]
const job = { id: 'a', queue: 'q', name: 'n' }

describe('Keyring', () => {
  it.each(['', '{"v":1}', 'ä€😀 \ud800 \u0000 "', 'x'.repeat(300_000)])('gives back what it was given', (text) => {
    const keys = new Keyring({ keys: { one }, current: 'one' })
    for (const kind of ['input', 'result', 'schedule'] as const) {
      const sealed = keys.seal(text, kind, job)
      expect(isSealed(sealed)).toBe(true)
      expect(keyIdOf(sealed)).toBe('one')
      expect(sealed).toMatch(/^enc1[rs]?\.one\.[\w-]+$/)
      expect(keys.open(sealed, kind, job)).toBe(text.toWellFormed())
    }
  })

  it('never writes the same twice, but for a schedule', () => {
    const keys = new Keyring(`one:${one}`)
    const seen = new Set(Array.from({ length: 1_000 }, () => keys.seal('x', 'input', job).slice(0, 24)))
    expect(seen.size).toBe(1_000)
    expect(keys.seal('x', 'schedule', job)).toBe(keys.seal('x', 'schedule', job))
    expect(keys.seal('x', 'schedule', job).slice(0, 25)).not.toBe(keys.seal('y', 'schedule', job).slice(0, 25))
    expect(keys.seal('x', 'schedule', job).slice(0, 25)).not.toBe(
      keys.seal('x', 'schedule', { ...job, id: 'b' }).slice(0, 25),
    )
  })

  it('opens what older keys have written, and writes with the current one', () => {
    const before = new Keyring(`one:${one}`)
    const after = new Keyring(`two:${two}, one:${one}`)
    expect(after.open(before.seal('x', 'input', job), 'input', job)).toBe('x')
    const sealed = after.seal('x', 'input', job)
    expect(keyIdOf(sealed)).toBe('two')
    expect(() => before.open(sealed, 'input', job)).toThrow(
      expect.objectContaining({ code: 'FW_KEY_UNKNOWN', message: expect.stringContaining('"two"') as string }),
    )
  })

  it('opens nothing that was moved, changed or cut off', () => {
    const keys = new Keyring({ keys: { one, two: one }, current: 'one' })
    const sealed = keys.seal('the text', 'input', job)
    const damaged = { code: 'FW_BODY_SEALED', retryable: false }
    const fails = (text: string, kind: 'input' | 'result' | 'schedule' = 'input', to = job) =>
      expect(() => keys.open(text, kind, to), text).toThrow(expect.objectContaining(damaged))
    fails(sealed, 'input', { ...job, id: 'b' })
    fails(sealed, 'input', { ...job, queue: 'p' })
    fails(sealed, 'input', { ...job, name: 'm' })
    fails(sealed, 'input', { id: 'a","q', queue: '', name: 'n' })
    fails(sealed, 'result')
    fails(sealed.replace('enc1.', 'enc1r.'), 'result')
    fails(sealed.replace('enc1.', 'enc1s.'), 'schedule')
    fails(sealed.replace('enc1.', 'enc2.'))
    fails(sealed.replace('.one.', '.two.'))
    for (let length = 0; length < sealed.length; length++) fails(sealed.slice(0, length))
    for (let at = 'enc1.one.'.length; at < sealed.length - 1; at++) {
      fails(sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1))
    }
  })

  it.each([
    [{ keys: { one: 'short' }, current: 'one' }, 'not 32 bytes'],
    [{ keys: { one: randomBytes(16).toString('base64') }, current: 'one' }, 'not 32 bytes'],
    [{ keys: { 'no id': one }, current: 'no id' }, 'the id of a key'],
    [{ keys: { one }, current: 'two' }, '`current`'],
    [{ keys: {}, current: '' }, '`current`'],
    [`one:${one},one:${two}`, 'twice'],
    [one, 'the id of a key'],
    ['', 'the id of a key'],
    [{ keys: { one: 5 as never }, current: 'one' }, 'not 32 bytes'],
  ])('refuses keys that cannot be used, and never shows them', (encryption, why) => {
    const refusal = (() => {
      try {
        return new Keyring(encryption)
      } catch (error) {
        return error as Error
      }
    })()
    expect(refusal).toMatchObject({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining(why) as string })
    expect((refusal as Error).message).not.toContain(one.slice(0, 10))
  })

  it('knows what is sealed from what is not', () => {
    for (const text of ['', 'e', 'enc', 'enc1', '"enc1.a.b"', '{"v":1}', 'encx.a']) expect(isSealed(text)).toBe(false)
    for (const text of ['enc1.', 'enc1.a.b', 'enc12x.a.b']) expect(isSealed(text)).toBe(true)
    expect(keyIdOf('enc1.')).toBe('?')
  })
})
