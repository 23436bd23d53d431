import { expect, test } from 'vitest'
import { openPlace } from '../../stress/trials/place.ts'
import { points, telling } from '../../stress/trials/points.ts'
import { runTrial } from '../../stress/trials/trial.ts'

// Quick; `npm run trials -- --url … --kills 500` at full size.

test('job.commit: workers killed at each of its points have each effect written once', async () => {
  await using place = await openPlace('sqlite')
  const { kills, faults } = await runTrial(place, { way: 'commit', kills: 2 * points.length })
  expect(faults).toEqual([])
  expect(Object.keys(kills).toSorted()).toEqual([...points].toSorted())
})

test.each(['outside', 'apart'] as const)('the same kills catch a job that writes its effect %s', async (way) => {
  await using place = await openPlace('sqlite')
  const { faults } = await runTrial(place, { way, kills: telling.length, at: telling })
  expect(faults.join()).toMatch(/has effect \d [2-9] times|is done by/)
})
