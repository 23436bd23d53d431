import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest'
import { placeOf } from '../../examples/nats-driver/url.ts'
import { removeStreams } from '../../examples/nats-driver/harness.ts'
import { matrices } from '../../stress/chaos/matrix.ts'
import { hasMariadb } from '../../stress/servers/mariadb.ts'
import { hasPostgresServer } from '../../stress/servers/postgres.ts'
import { hasRabbitmqServer } from '../../stress/servers/rabbitmq.ts'
import { hasRedisServer } from '../../stress/servers/redis.ts'
import { sharedNats } from '../support/nats.ts'
import { linkCheckout, makeProject, type Project, root } from '../support/project.ts'

let project: Project

beforeAll(() => {
  project = makeProject()
  linkCheckout(project, [])
})

afterAll(() => project.remove())

/** The same words on every store, each with a server of its own that goes with the test. */
const stores: [name: string, isHere: () => boolean][] = [
  ['redis', hasRedisServer],
  ['redis-streams', hasRedisServer],
  ['postgres', hasPostgresServer],
  ['mysql', hasMariadb],
  ['rabbitmq', hasRabbitmqServer],
  ['sqs', () => true],
]

const demo = (flags: string) => project.run(`fiber-work demo --jobs 200 --latency 100ms --json ${flags}`)

const everyOne = { jobs: 200, done: 200, retried: 4, dead: 0, lost: 0, duplicated: 0, verdict: 'passed' }

function skipWithout(context: TestContext, name: string, isHere: boolean): void {
  context.skip(!isHere && process.env['FIBER_WORK_REQUIRE_SERVICES'] !== '1', `needs a server of ${name}`)
}

test.for(stores)('demo on %s', async ([name, isHere], context) => {
  skipWithout(context, name, isHere())
  await using store = await matrices[name]!.open()
  const { end, stdout, stderr } = await demo(`--url '${store.url}'`)
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject(everyOne)
  expect(end).toBe(0)
})

test('demo on a driver that only the user has', async (context) => {
  const server = await sharedNats()
  skipWithout(context, 'NATS', server !== undefined)
  const url = `${server}?prefix=test-${randomBytes(6).toString('hex')}`
  const { end, stdout, stderr } = await demo(`--url '${url}' --driver ${join(root, 'examples/nats-driver/index.ts')}`)
  await removeStreams(placeOf(url))
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject(everyOne)
  expect(end).toBe(0)
})

test('stats on a broker wants to be told of which queues, and claims nothing of workers', async () => {
  await using store = await matrices['sqs']!.open()
  const all = await project.run(`fiber-work stats --url '${store.url}'`)
  expect(all.stderr).toContain('FW_DRIVER_TRAIT: The sqs driver does not list queues')
  expect(all.end).toBe(78)
  const one = await project.run(`fiber-work stats mails --url '${store.url}'`)
  expect(one.stdout).toMatch(/QUEUE[^]*mails +0[^]*This store does not know its workers\./)
  expect(one.end).toBe(0)
})

test('stress on a broker: refused at the start without a ledger, judged with one', async () => {
  await using store = await matrices['sqs']!.open()
  const stress = `fiber-work stress --jobs 200 --latency 100ms --mix sleep=60,http=20,fail=10 --seed 7 --url '${store.url}' --json`
  const without = await project.run(stress)
  expect(without.stderr).toMatch(/FW_DRIVER_TRAIT: The sqs driver cannot look at single jobs .*`--ledger`/s)
  expect(without.end).toBe(78)
  const { end, stdout } = await project.run(`${stress} --ledger sqlite:./ledger.db`)
  expect(JSON.parse(stdout)).toMatchObject({ jobs: 200, lost: 0, duplicated: 0, verdict: 'passed' })
  expect(end).toBe(0)
})
