import { expect, test } from 'vitest'
import { faultsOf } from '../../stress/chaos/cell.ts'
import { matrices } from '../../stress/chaos/matrix.ts'
import { hasRedisServer } from '../../stress/servers/redis.ts'

type Url = 'sqlite' | 'redis' | 'redis-streams' | 'sqs'

/** Whether its server is here: SQLite needs none, SQS's is a package. */
const isHere = (url: Url): boolean => !url.startsWith('redis') || hasRedisServer()

/** The quick part of a matrix, these cells of it. All of it at full size: `npm run chaos` and `npm run chaos -- --url redis`. */
export function chaos(url: Url, names: string[]): void {
  const { cells, open } = matrices[url]!
  const picked = names.map((name) => cells.find((cell) => cell.name === name)!)
  test.for(picked)(`${url}: $about`, async (cell, context) => {
    const required = process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1'
    context.skip(!isHere(url) && !required, 'needs redis-server on the PATH')
    expect(faultsOf(await cell.run({ jobs: 600, quick: true, open }))).toEqual([])
  })
}
