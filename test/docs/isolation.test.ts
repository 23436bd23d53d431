import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { areas } from '../../stress/isolation/kinds/index.ts'
import { withTable } from '../../stress/isolation/table.ts'
import { root } from '../support/project.ts'

test('the table of docs/isolation.md is what the kinds of stress/isolation say (npm run docs)', () => {
  const page = readFileSync(join(root, 'docs/isolation.md'), 'utf8')
  expect(page).toBe(withTable(page, areas))
})
