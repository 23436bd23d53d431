import { readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { lineOf } from '../redis-common/scripts.ts'
import { library, loadScript } from './script.ts'

const names = readdirSync(new URL('scripts/', import.meta.url))
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.slice(0, -4))

describe('a script', () => {
  test.each(names)('%s comes whole, each part once, known by its SHA-1', (name) => {
    const { text, sha } = loadScript(name)
    expect(text).not.toMatch(/^--- include/m)
    expect(text.match(/^function begin\.base\(/gm) ?? []).toHaveLength(1)
    expect(sha).toBe(createHash('sha1').update(text).digest('hex'))
  })

  test('is read once', () => expect(loadScript('reserve')).toBe(loadScript('reserve')))

  test('tells a line of it, counted from 1', () => {
    const text = 'local a = 1\n  return a\n'
    expect([lineOf(text, 1), lineOf(text, 2), lineOf(text, 9)]).toEqual(['local a = 1', 'return a', undefined])
  })

  test('that does not exist is an error that names it', () => {
    expect(() => loadScript('no-such')).toThrow('no-such.lua')
  })
})

describe('the library', () => {
  const { text, name } = library

  test('has each part once and each script as a function of its own', () => {
    expect(text).toMatch(new RegExp(`^#!lua name=${name}\n`))
    expect(text.match(/^function begin\.base\(/gm)).toHaveLength(1)
    for (const script of names) expect(text).toContain(`function_name = '${loadScript(script).called}'`)
  })

  // All parts share one scope there: a name that two of them declare would be the second one's for everybody after it.
  test('no two files declare the same function, no two parts the same local', () => {
    const all = [...text.matchAll(/^function ((?:fw|begin)\.\w+)/gm)].map(([, called]) => called!)
    const locals = [
      ...text.slice(0, text.indexOf('redis.register_function')).matchAll(/^local (?:function )?([\w, ]+)/gm),
    ]
    const declared = locals.flatMap(([, list]) => list!.split(',').map((one) => one.trim()))
    for (const list of [all, declared]) expect(list.filter((one, at) => list.indexOf(one) !== at)).toEqual([])
  })

  // Redis 7.0 gives no globals while it loads a library.
  test('calls nothing while it is loaded', () => {
    const outside = text.slice(0, text.indexOf('redis.register_function')).split('\n')
    expect(
      outside.filter((line) => /^(?:local .*= *[a-z.]+\(|for |if |call\()/.test(line) && !line.includes('shelfOf')),
    ).toEqual([])
  })
})
