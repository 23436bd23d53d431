import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf } from './scan.ts'
import { productCode, root } from './sources.ts'
import { isKnown, mayImport, unitOf } from './table.ts'

// The launcher names the compiled tree, which is not there when the sources are read.
const files = productCode().filter(({ path }) => path !== 'src/cli/bin.js')
const imports = files.flatMap(({ path, text }) => importsOf(text).map((found) => ({ ...found, path })))
const relative = imports
  .filter(({ from }) => from.startsWith('.'))
  .map((found) => ({ ...found, target: posix.join(posix.dirname(found.path), found.from) }))

describe('imports go one way', () => {
  test('every file lives in a place that the table knows', () => {
    expect(files.map(({ path }) => path).filter((path) => !isKnown(unitOf(path)))).toEqual([])
  })

  test('nobody imports what the table does not allow', () => {
    const wrong = relative
      .filter(({ path, target }) => !mayImport(unitOf(path), unitOf(target)))
      .map(({ path, line, target }) => `${path}:${line} ${unitOf(path)} must not import ${unitOf(target)}`)
    expect(wrong).toEqual([])
  })

  test('a relative import names an existing file, with the ending that Node needs', () => {
    const wrong = relative
      .filter(({ target }) => !/\.(?:tsx?|json|css)$/.test(target) || !existsSync(posix.join(root, target)))
      .map(({ path, line, from }) => `${path}:${line} ${from}`)
    expect(wrong).toEqual([])
  })

  test('the contract imports nothing that runs', () => {
    const wrong = imports.filter(({ path, from, text }) => {
      const erased = /^import type\b/.test(text) && from.startsWith('node:')
      return unitOf(path) === 'src/contract' && !from.startsWith('.') && !erased
    })
    expect(wrong.map(({ path, line, from }) => `${path}:${line} ${from}`)).toEqual([])
  })

  test('nobody imports the package by its own name', () => {
    const wrong = imports.filter(({ from }) => /^fiber-work(?:\/|$)/.test(from))
    expect(wrong.map(({ path, line, from }) => `${path}:${line} ${from}`)).toEqual([])
  })
})

describe('the table itself', () => {
  const allowed: [string, string][] = [
    ['src/base', 'src/contract'],
    ['src/sandbox', 'src/isolation'],
    ['src/isolation', 'src/sandbox'],
    ['src/engine', 'src/limiter'],
    ['src/worker', 'src/cron'],
    ['src/lane', 'src/engine'],
    ['src/connect', 'src/lane'],
    ['src/connect', 'drivers/sqlite'],
    ['src/index', 'facades/http'],
    ['src/index', 'src/connect'],
    ['src/cli', 'dashboard/terminal'],
    ['drivers/sqlite', 'drivers/sql'],
    ['facades/http', 'src/sandbox'],
    ['dashboard/terminal', 'dashboard/model'],
  ]
  const forbidden: [string, string][] = [
    ['src/contract', 'src/base'],
    ['src/base', 'src/engine'],
    ['src/job', 'src/config'],
    ['src/engine', 'src/producer'],
    ['src/engine', 'src/worker'],
    ['src/engine', 'src/lane'],
    ['src/lane', 'facades/http'],
    ['src/engine', 'drivers/memory'],
    ['src/worker', 'facades/http'],
    ['src/index', 'src/cli'],
    ['src/api', 'dashboard/terminal'],
    ['drivers/memory', 'src/engine'],
    ['drivers/redis', 'drivers/sql'],
    ['drivers/sqlite', 'drivers/memory'],
    ['facades/http', 'src/engine'],
    ['dashboard/terminal', 'src/engine'],
    ['dashboard/model', 'dashboard/terminal'],
  ]
  test.each(allowed)('%s may import %s', (from, to) => expect(mayImport(from, to)).toBe(true))
  test.each(forbidden)('%s must not import %s', (from, to) => expect(mayImport(from, to)).toBe(false))
})
