import { describe, expect, test } from 'vitest'
import { importsOf, mask } from './scan.ts'

const names = (text: string) => importsOf(text).map(({ from }) => from)

describe('importsOf', () => {
  test('finds every form of an import', () => {
    const text = [
      "import a, { b } from './one.ts'",
      "import type { C } from './two.ts'",
      "export * from './three.ts'",
      "export { d,\n  e } from './four.ts'",
      "import './five.ts'",
      "const f = await import('./six.ts')",
      "type G = import('./seven.ts').G",
      "const h = new Worker(new URL('./eight.ts', import.meta.url))",
      "const i = require('./nine.ts')",
      'import { type J } from "./ten.ts"; export const k = 1',
      'import(`./eleven.ts`)',
    ].join('\n')
    const all = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven']
    expect(names(text).toSorted()).toEqual(all.map((name) => `./${name}.ts`).toSorted())
  })

  test('sees none in a comment, and none where a word only looks like one', () => {
    expect(names("// import a from './a.ts'\n/* import('./b.ts') */ const from = 'x'\nexport const s = 'y'")).toEqual(
      [],
    )
    expect(names("export const url = import.meta.url\nexport const list = Array.from(['a'])")).toEqual([])
  })

  test('knows the line', () => {
    expect(importsOf("\n\nimport './a.ts'")).toEqual([{ from: './a.ts', line: 3, text: "import './a.ts'" }])
  })
})

describe('mask', () => {
  const code = (text: string) => mask(text, 'comments and strings').replace(/ +/g, ' ')

  test('keeps the code inside a template, and the lines', () => {
    expect(code('`Date.now ${x({ a: `b ${y}` })} Date.now`\nz')).toBe(' x({ a: y }) \nz')
    expect(code('a /* one\ntwo */ b')).toBe('a \n b')
  })

  test('takes a quote or a slash inside a regular expression for what it is', () => {
    expect(code(`const r = /['"/*]/g; next(a / b, "c // d") // e`)).toBe('const r = g; next(a / b, ) ')
    expect(code(`return /\\/\\/'/.test(x) ? 'a' : b`)).toBe('return .test(x) ? : b')
  })
})
