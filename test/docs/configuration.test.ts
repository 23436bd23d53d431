import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import { optionNames, options, variableOf } from '../../src/config/options.ts'
import { fileSchema } from '../../src/config/schema.ts'
import { root } from '../support/project.ts'

const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
const example = join(root, 'docs/configuration.example.ts')

const load = () =>
  loadSettings({
    flags: {},
    env: {},
    configFile: example,
    importFile: async (path) => ((await import(path)) as { default: unknown }).default,
  })

test('the example is loaded, and says something of every setting that there is', async () => {
  const { settings, origins, file } = await load()
  expect(file).toBe(example)
  expect(settings).toMatchObject({ concurrency: 5_000, http: '0.0.0.0:7077', keep: { '*': { cancelled: false } } })
  expect(Object.values(origins)).not.toContain('default')
  const { default: said } = (await import(example)) as { default: object }
  expect(Object.keys(said).toSorted()).toEqual(Object.keys(fileSchema.shape).toSorted())
})

test('every option has its row: name, flag, variable, since when', () => {
  for (const name of optionNames) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` | `))
    expect(row, name).toBeDefined()
    expect(row).toContain(`\`${variableOf(name)}\``)
    expect(row).toMatch(/ \| 0\.\d+ \| /)
    const { secret, flag } = options[name] as { secret?: true | 'whole'; flag: string }
    if (secret === 'whole') expect(row, name).toMatch(/\(no flag\).*\*Secret\.\*/)
    else expect(row, name).toContain(flag)
  }
})

test('what a file alone can say is there too', () => {
  const inFilesAlone = Object.keys(fileSchema.shape).filter((name) => !(name in options))
  const section = page.split('\n## In a file alone\n')[1]?.split('\n## ')[0] ?? ''
  expect([...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name).toSorted()).toEqual(
    inFilesAlone.toSorted(),
  )
})
