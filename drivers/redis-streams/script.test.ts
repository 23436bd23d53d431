import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ownRedis } from '../../test/support/redis.ts'
import { library, loadScript } from './script.ts'

const names = readdirSync(new URL('scripts/', import.meta.url))
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.slice(0, -4))

test.each(names)('%s comes whole, each part once', (name) => {
  const { text } = loadScript(name)
  expect(text).not.toMatch(/^--- include/m)
  expect(text.match(/^function begin\.base\(/gm)).toHaveLength(1)
})

// All parts share one scope in the library: a name that two of them declare would be the second one's for everybody after it.
test('no two files declare the same function, no two parts the same local', () => {
  const { text } = library
  const called = [...text.matchAll(/^function ((?:fw|begin)\.\w+)/gm)].map(([, name]) => name!)
  const parts = text.slice(0, text.indexOf('redis.register_function'))
  const lists = [...parts.matchAll(/^local (?:function )?([\w, ]+)/gm)].map(([, list]) => list!)
  const locals = lists.flatMap((list) => list.split(',').map((name) => name.trim()))
  for (const list of [called, locals]) expect(list.filter((one, at) => list.indexOf(one) !== at)).toEqual([])
})

test('a server takes the library, and has each script as a function', async (context) => {
  const server = await ownRedis(context)
  expect(await server.say('FUNCTION', 'LOAD', library.text)).toBe(library.name)
  const listed = await server.say('FUNCTION', 'LIST')
  for (const name of names) expect(listed).toContain(loadScript(name).called)
})
