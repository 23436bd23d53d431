import { expect, test } from 'vitest'
import { faultsOf } from '../../stress/chaos/cell.ts'
import { matrices } from '../../stress/chaos/matrix.ts'
import { hasRabbitmqServer } from '../../stress/servers/rabbitmq.ts'
import { hasRedisServer } from '../../stress/servers/redis.ts'

/** The quick part of a matrix, these cells of it. All of it at full size: `npm run chaos` and `npm run chaos -- --url redis`. */
export function chaos(url: 'sqlite' | 'redis' | 'redis-streams' | 'rabbitmq', names: string[]): void {
  const { cells, open } = matrices[url]!
  const picked = names.map((name) => cells.find((cell) => cell.name === name)!)
  test.for(picked)(`${url}: $about`, async (cell, context) => {
    const required = process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1'
    const server = `${url === 'rabbitmq' ? 'rabbitmq' : 'redis'}-server`
    const hasServer = url === 'rabbitmq' ? hasRabbitmqServer() : url === 'sqlite' || hasRedisServer()
    context.skip(!hasServer && !required, `needs ${server} on the PATH`)
    expect(faultsOf(await cell.run({ jobs: 600, quick: true, open }))).toEqual([])
  })
}
