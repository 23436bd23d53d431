import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../src/contract/errors.ts'
import { lineAt, mask } from './scan.ts'
import { productCode, root } from './sources.ts'

describe('error codes', () => {
  test('every code that the source names is in the registry', () => {
    const unknown = productCode().flatMap(({ path, text }) =>
      [...mask(text, 'comments').matchAll(/\bFW_[A-Z0-9_]*[A-Z0-9]\b/g)]
        .filter(([code]) => !Object.hasOwn(errorCodes, code))
        .map((match) => `${path}:${lineAt(text, match.index)} ${match[0]}`),
    )
    expect(unknown).toEqual([])
  })

  test('every code of the registry is one that something throws or tells', () => {
    const registry = /^src\/contract\/(?:core|api|facade)-errors\.ts$/
    const named = productCode()
      .filter(({ path }) => !registry.test(path))
      .map(({ text }) => mask(text, 'comments'))
      .join('\n')
    const unused = Object.keys(errorCodes).filter((code) => !new RegExp(`\\b${code}\\b`).test(named))
    expect(unused).toEqual([])
  })

  test('docs/errors.md, and all other pages that are made, say what the source says', { timeout: 60_000 }, () => {
    const { status, stderr } = spawnSync(process.execPath, ['.ci/docs.js', '--check'], { cwd: root, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
