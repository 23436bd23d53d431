import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Harness } from '../../drivers/conformance/index.ts'
import { memoryHarness } from '../../drivers/memory/harness.ts'
import { root } from '../support/project.ts'
import { cutNames, reducedHarness } from '../support/reduced.ts'

const redis = ['REDIS_URL', 'redis://127.0.0.1:6379']
/** The variable that names the server of a driver, and where it is without it. */
const servers: Record<string, (string | undefined)[]> = {
  redis,
  'redis-streams': redis,
  postgres: ['POSTGRES_URL', 'postgres://root@127.0.0.1/test'],
  mysql: ['MYSQL_URL', 'mysql://root@127.0.0.1/test'],
  rabbitmq: ['AMQP_URL', 'amqp://guest:guest@127.0.0.1'],
  sqs: ['SQS_URL', undefined],
}

/** The drivers to run by this name: one, or the reference with each ability taken away. `name` may be a file of somebody else's. */
export async function harnessesOf(name: string, url: string | undefined): Promise<Harness[]> {
  if (name === 'memory') return [memoryHarness()]
  if (name === 'memory-hidden-traits') return cutNames.map((cut) => reducedHarness(cut))
  const own = resolve(root, `test/support/${name}-harness.ts`)
  const file = existsSync(own) ? own : resolve(root, name)
  if (!existsSync(file)) throw new Error(`There is no driver ${name}: neither ${own} nor ${file} exists.`)
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const exported = name === 'bullmq' ? 'bullmqModelHarness' : Object.keys(module).find((key) => key.endsWith('Harness'))
  const make = module[exported ?? ''] as ((url?: string) => Harness | Promise<Harness>) | undefined
  if (make === undefined) throw new Error(`${file} exports no function whose name ends with Harness.`)
  const [variable = '', standard] = servers[name] ?? []
  return [await make(url ?? process.env[variable] ?? standard)]
}
