import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { constants, runInThisContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadJobs } from './jobs.ts'
import { importDefault, native } from '../../base/module.ts'

let folder: string

native.import = runInThisContext('(url) => import(url)', {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as typeof native.import

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-load-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const job = (name: string) =>
  `({ name: '${name}', queue: { name: 'default', options: {} }, options: {}, handle() {}, run() {} })`
const names = async (...globs: string[]) => (await loadJobs(globs, folder)).handlers.map(({ name }) => name).toSorted()

async function refusal(text: string, path = 'jobs/a.ts'): Promise<string> {
  write(path, text)
  const error: unknown = await loadJobs(['jobs'], folder).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'FW_CONFIG_UNREADABLE' })
  return (error as Error).message.replaceAll(folder, '.')
}

describe('finds', () => {
  test('a default export, a list, named exports, CommonJS; each handler once', async () => {
    write('jobs/one.mjs', `const one = ${job('one')}; export default one; export { one }`)
    write('jobs/deep/list.mjs', `export default [${job('two')}, ${job('three')}]`)
    write('jobs/named.ts', `export const four = ${job('four')}; export const other = 5; export const text: string = ''`)
    write('jobs/five.cjs', `module.exports = ${job('five')}`)
    write('jobs/six.cjs', `exports.six = ${job('six')}`)
    write('jobs/seven.cjs', `exports.__esModule = true; exports.default = ${job('seven')}`)
    expect(await names('./jobs/**/*.{ts,mts,cts,js,mjs,cjs}')).toEqual([
      'five',
      'four',
      'one',
      'seven',
      'six',
      'three',
      'two',
    ])
    expect(await names('jobs', 'jobs/one.mjs')).toHaveLength(7)
    expect(await names('nothing/*.ts')).toEqual([])
  })

  test('passes over tests, declarations, and what begins with _', async () => {
    for (const path of [
      'a.test.ts',
      'a.spec.mjs',
      'a.test-d.ts',
      'a.d.ts',
      '_a.ts',
      '_shared/a.ts',
      'node_modules/x/a.js',
      '__tests__/a.ts',
    ])
      write(`jobs/${path}`, 'throw new Error()')
    expect((await loadJobs(['jobs'], folder)).files).toEqual([])
  })

  test('a file of definitions only is a producer’s view', async () => {
    write(
      'jobs/view.mjs',
      `export const view = { name: 'x', queue: { name: 'q', options: {} }, options: {}, handle() {} }`,
    )
    expect(await names('jobs')).toEqual([])
  })
})

describe('reads TypeScript', () => {
  test('that Node cannot strip', async () => {
    write('lib/tone.ts', `export enum Tone { Loud = 'loud' }`)
    write(
      'jobs/a.ts',
      `import { Tone } from '../lib/tone'\nclass Box { constructor(readonly tone: Tone) {} }\nexport default ${job('a')}\nexport const tone = new Box(Tone.Loud).tone`,
    )
    expect(await names('jobs')).toEqual(['a'])
  })

  test('a config file', async () => {
    write('c.ts', `export default { concurrency: 5 as number }`)
    write('c.cjs', `module.exports = { concurrency: 6 }`)
    expect([await importDefault(join(folder, 'c.ts')), await importDefault(join(folder, 'c.cjs'))]).toEqual([
      { concurrency: 5 },
      { concurrency: 6 },
    ])
  })
})

describe('refuses, naming file and line', () => {
  test.each<[string, string, string]>([
    ['jobs/a.ts', 'export default 1\nconst x: = 3', './jobs/a.ts:2 has a syntax error: Unexpected token'],
    ['jobs/a.mjs', 'export default 1\n\nconst x = (', './jobs/a.mjs:3 has a syntax error'],
    ['jobs/a.ts', 'enum A { B }\nconst x: = 3', './jobs/a.ts:2 has a syntax error'],
    ['jobs/a.ts', `enum A { B }\nthrow new Error('boom')`, 'could not be loaded: boom'],
    ['jobs/a.ts', `\n\nthrow new Error('boom')`, './jobs/a.ts:3 could not be loaded: boom'],
    ['jobs/a.mjs', `throw 'text'`, 'could not be loaded: text'],
    ['jobs/a.ts', `import 'no-such-package'`, "Cannot find package 'no-such-package'"],
    ['jobs/a.ts', `import './nothing'`, 'could not be loaded: Cannot find module'],
    ['jobs/a.mjs', `import { x } from './b.txt.mjs'`, 'could not be loaded'],
    ['jobs/a.ts', 'export const x = 1', 'jobs/a.ts exports no handler'],
    ['jobs/a.ts', '', 'exports no handler'],
    ['jobs/a.ts', 'export default null', 'is null and not a handler'],
    ['jobs/a.ts', 'export default {}', 'exports no handler'],
    ['jobs/a.ts', 'export default { a: 1 }', 'is an object and not a handler'],
    ['jobs/a.cjs', 'const a = 1\nmodule.exports = }', './jobs/a.cjs:2 has a syntax error'],
    ['jobs/a.ts', 'export default () => {}', 'is function and not a handler'],
    ['jobs/a.ts', `export default [${job('a')}, 5]`, 'is a list with number and not a handler'],
    [
      'jobs/a.ts',
      `export default { name: 'x', queue: { name: 'q' }, options: {}, handle() {} }`,
      'the definition "x" without a function',
    ],
  ])('%s %j', async (path, text, says) => expect(await refusal(text, path)).toContain(says))
})
