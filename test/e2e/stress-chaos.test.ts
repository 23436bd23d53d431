import { expect, test } from 'vitest'
import { faultsOf } from '../../stress/chaos/cell.ts'
import { matrices } from '../../stress/chaos/matrix.ts'
import { hasRedisServer } from '../../stress/servers/redis.ts'

// The quick part of two matrices. All of it at full size: `npm run chaos` and `npm run chaos -- --url redis`.
const picked = {
  sqlite: ['terminate', 'kill', 'takeover', 'poison', 'pair', 'pause'],
  redis: ['takeover', 'block', 'late', 'restart', 'cut', 'forget', 'reply', 'clock', 'versions', 'clients', 'memory'],
}

const tests = Object.entries(picked).flatMap(([url, names]) => {
  const { cells, open } = matrices[url]!
  return names.map((name) => {
    const cell = cells.find((each) => each.name === name)!
    return { url, about: cell.about, run: () => cell.run({ jobs: 600, quick: true, open }) }
  })
})

test.for(tests)('$url: $about', async ({ url, run }, context) => {
  const required = process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1'
  context.skip(url === 'redis' && !hasRedisServer() && !required, 'needs redis-server on the PATH')
  expect(faultsOf(await run())).toEqual([])
})
