import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { constants, runInThisContext } from 'node:vm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { native } from '../../base/module.ts'
import { registered } from '../../connect/registered.ts'
import { loadDrivers } from './drivers.ts'

native.import = runInThisContext('(url) => import(url)', {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as typeof native.import

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-drivers-'))
  registered.clear()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const driver = (...schemes: string[]) => `{ schemes: ${JSON.stringify(schemes)}, store: () => () => ({}) }`

test('loads a file, a list, CommonJS, and a package', async () => {
  write('one.ts', `const one: object = ${driver('one:')}; export default one`)
  write('list.mjs', `export default [${driver('two:')}, ${driver('three:')}]`)
  write('lib/four.cjs', `module.exports = ${driver('four:')}`)
  write('lib/five.cjs', `exports.__esModule = true; exports.default = ${driver('five:')}`)
  write('node_modules/@me/six/package.json', '{ "name": "@me/six", "type": "module", "exports": "./six.js" }')
  write('node_modules/@me/six/six.js', `export default ${driver('six:')}`)
  await loadDrivers(['./one.ts', 'list.mjs', join(folder, 'lib/four.cjs'), 'lib/five.cjs', '@me/six'], folder)
  expect([...registered.keys()]).toEqual(['one:', 'two:', 'three:', 'four:', 'five:', 'six:'])
  await loadDrivers(['one.ts'], folder)
  await loadDrivers(undefined, folder)
})

test.each([
  ['./gone.ts', 'There is no driver "./gone.ts"'],
  ['no-such-package', 'neither a file'],
  ['none.mjs', 'exports no driver by default'],
  ['empty.mjs', 'exports no driver by default'],
  ['broken.mjs', 'broken.mjs:2 has a syntax error'],
])('refuses %s', async (name, says) => {
  write('none.mjs', 'export const driver = 1')
  write('empty.mjs', 'export default []')
  write('broken.mjs', '\nexport default {')
  await expect(loadDrivers([name], folder)).rejects.toThrow(
    expect.objectContaining({ code: 'FW_CONFIG_UNREADABLE', message: expect.stringContaining(says) as string }),
  )
})

test('a scheme of ours is refused with the code of a setting', async () => {
  write('one.mjs', `export default ${driver('redis:')}`)
  await expect(loadDrivers(['one.mjs'], folder)).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
})
