import { readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { lineOf, loadScript } from './script.ts'

const names = readdirSync(new URL('scripts/', import.meta.url))
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.slice(0, -4))

describe('a script', () => {
  test.each(names)('%s comes whole, each part once, known by its SHA-1', (name) => {
    const { text, sha } = loadScript(name)
    expect(text).not.toMatch(/^--- include/m)
    expect(text.match(/^local P = KEYS\[1\]$/gm) ?? []).toHaveLength(1)
    expect(sha).toBe(createHash('sha1').update(text).digest('hex'))
  })

  test('is read once', () => expect(loadScript('reserve')).toBe(loadScript('reserve')))

  test('tells a line of it, counted from 1', () => {
    const script = { name: 'two', text: 'local a = 1\n  return a\n', sha: '' }
    expect([lineOf(script, 1), lineOf(script, 2), lineOf(script, 9)]).toEqual(['local a = 1', 'return a', undefined])
  })

  test('that does not exist is an error that names it', () => {
    expect(() => loadScript('no-such')).toThrow('no-such.lua')
  })
})
