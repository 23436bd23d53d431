import { expect, test } from 'vitest'
import { faultsOf } from '../../stress/chaos/cell.ts'
import { matrices } from '../../stress/chaos/matrix.ts'
import { hasMariadb } from '../../stress/servers/mariadb.ts'
import { hasPostgresServer } from '../../stress/servers/postgres.ts'
import { hasRabbitmqServer } from '../../stress/servers/rabbitmq.ts'
import { hasRedisServer } from '../../stress/servers/redis.ts'

/** What the machine must have to start a server of its own. */
const needs = {
  sqlite: { is: () => true, named: '' },
  redis: { is: hasRedisServer, named: 'redis-server on the PATH' },
  'redis-streams': { is: hasRedisServer, named: 'redis-server on the PATH' },
  postgres: { is: hasPostgresServer, named: 'initdb and postgres' },
  mysql: { is: hasMariadb, named: 'mariadbd and mariadb-install-db' },
  rabbitmq: { is: hasRabbitmqServer, named: 'rabbitmq-server on the PATH' },
  sqs: { is: () => true, named: '' },
} as const

/** The quick part of a matrix, these cells of it. All of it at full size: `npm run chaos` and `npm run chaos -- --url redis`. */
export function chaos(url: keyof typeof needs, names: string[]): void {
  const { is, named } = needs[url]
  const picked = names.map((name) => matrices[url]!.cells.find((cell) => cell.name === name)!)
  test.for(picked)(`${url}: $about`, async (cell, context) => {
    const required = process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1'
    context.skip(!is() && !required, `needs ${named}`)
    expect(faultsOf(await cell.run({ jobs: 600, quick: true }))).toEqual([])
  })
}
