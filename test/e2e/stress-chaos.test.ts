import { expect, test } from 'vitest'
import { faultsOf } from '../../stress/chaos/cell.ts'
import { cells } from '../../stress/chaos/cells/index.ts'

// The same at full size: `npm run chaos`.
test.each(cells.map((cell) => [cell.about, cell] as const))('%s', async (_, cell) => {
  expect(faultsOf(await cell.run(600))).toEqual([])
})
