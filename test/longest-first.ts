import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes more than ten seconds, longest first. */
const long = [
  'test/simulation/simulation.test.ts',
  'src/guardian/processes.test.ts',
  'drivers/rabbitmq/faults.test.ts',
  'drivers/rabbitmq/conformance.test.ts',
  'drivers/postgres/conformance.test.ts',
  'drivers/mysql/conformance.test.ts',
  'drivers/sqs/conformance.test.ts',
  'drivers/postgres/faults.test.ts',
  'drivers/ledgered/redis-conformance.test.ts',
  'drivers/redis/cluster-conformance.test.ts',
  'drivers/redis/reach.test.ts',
  'drivers/redis/conformance.test.ts',
  'drivers/redis/sharded-conformance.test.ts',
  'drivers/redis/faults.test.ts',
  'src/guardian/naming.test.ts',
  'facades/rate-limit/redis.test.ts',
  'drivers/redis/cluster.test.ts',
  'drivers/redis/forms.test.ts',
  'drivers/sqlite/conformance.test.ts',
  'test/e2e/cli-faults.test.ts',
  'test/e2e/dashboard.test.ts',
  'test/e2e/cli-work.test.ts',
  'test/package/consumers.test.ts',
  'test/readme/readme.test.ts',
  'test/e2e/cli-commands.test.ts',
  'test/examples/nats-driver.test.ts',
  'test/examples/examples.test.ts',
  'test/e2e/cli-terminal.test.ts',
  'test/chaos/redis-workers.test.ts',
  'test/chaos/redis-server.test.ts',
]

/** Lane after lane. In a lane the longest files begin, so that at its end no worker waits long for the other's. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = new Map(long.map((file, index) => [file, index]))
    const placeOf = ({ moduleId, project }: TestSpecification) =>
      place.get(relative(project.config.root, moduleId)) ?? Infinity
    const lane = ({ project }: TestSpecification) => project.config.sequence.groupOrder
    const sorted = await super.sort(files)
    return sorted.sort((a, b) => lane(a) - lane(b) || Math.sign(placeOf(a) - placeOf(b)) || 0)
  }
}
