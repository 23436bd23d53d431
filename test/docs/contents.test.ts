import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { read } from '../architecture/sources.ts'
import { root } from '../support/project.ts'

const page = (path: string): string => readFileSync(join(root, path), 'utf8')

test('docs/README.md leads to every page of docs/, of the facades and of the drivers', () => {
  const linked = new Set(
    [...page('docs/README.md').matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => join('docs', link)),
  )
  const pages = read(['docs/*.md', 'facades/*/README.md', 'drivers/*/README.md']).map(({ path }) => path)
  expect(pages.filter((path) => path !== 'docs/README.md' && !linked.has(path))).toEqual([])
})

test('the runbook has a row for every exit code', () => {
  const section = page('docs/operations.md').split('\n## Exit codes\n')[1]?.split('\n## ')[0] ?? ''
  const told = [...section.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = '']) => codes.split(', ').map(Number))
  const known = [...Object.values(exitCodes).map(({ code }) => code), 143]
  expect(told.toSorted((one, other) => one - other)).toEqual(known.toSorted((one, other) => one - other))
})
