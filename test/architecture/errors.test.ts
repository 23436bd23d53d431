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

  test('docs/errors.md says what the registry says', { timeout: 60_000 }, () => {
    const { status, stderr } = spawnSync(process.execPath, ['.ci/docs.js', '--check'], { cwd: root, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
