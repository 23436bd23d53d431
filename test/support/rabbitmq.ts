import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { type Channel, type ChannelModel, connect as connectAmqp } from 'amqplib'
import { afterAll, onTestFinished, type TestContext } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import { rabbitmqDriver, type RabbitmqOptions } from '../../drivers/rabbitmq/index.ts'
import { rungs } from '../../drivers/rabbitmq/ladder.ts'
import { Names } from '../../drivers/rabbitmq/names.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { hasRabbitmqServer, RabbitmqServer } from '../../stress/servers/rabbitmq.ts'

const needs = 'needs rabbitmq-server on the PATH'

/** `AMQP_URL`, what listens on the standard port, or a server that is started for this process. */
async function sharedRabbitmq(): Promise<string | undefined> {
  const given = process.env['AMQP_URL']
  if (given !== undefined && given !== '') return given
  if (await listens(5672)) return 'amqp://guest:guest@127.0.0.1:5672'
  if (hasRabbitmqServer()) return (await RabbitmqServer.start()).url
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
  return undefined
}

const shared = await sharedRabbitmq()
/** There is no RabbitMQ to test against, and none to start. */
export const noRabbitmq = shared === undefined
if (noRabbitmq) process.stderr.write(`tests of RabbitMQ are skipped: ${needs}\n`)

/** A prefix of its own on the tests' broker. */
export interface RabbitmqPlace {
  prefix: string
  url: string
  /** Its queues end by themselves when nobody uses them any more: tests that were broken off leave nothing behind for long. */
  queueArguments: Record<string, number>
  names: Names
  /** Remove the exchanges, and these queues. */
  remove(queues: Iterable<string>): Promise<void>
}

export function rabbitmqPlace(server = shared!, parameters = ''): RabbitmqPlace {
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const names = new Names(prefix)
  return {
    prefix,
    url: `${server.replace(/\/$/, '')}/?prefix=${prefix}${parameters}`,
    queueArguments: { 'x-expires': 60_000 },
    names,
    remove: (queues) => withBroker(server, (model) => removeAll(model, names, queues)),
  }
}

/** One more connection, as anybody's program has it. */
export async function withBroker<A>(url: string, use: (model: ChannelModel) => Promise<A>): Promise<A> {
  const model = await connectAmqp(url, { noDelay: true })
  model.on('error', () => {})
  try {
    return await use(model)
  } finally {
    await model.close()
  }
}

async function removeAll(model: ChannelModel, names: Names, queues: Iterable<string>): Promise<void> {
  const channel = await model.createChannel()
  const asked: Promise<unknown>[] = []
  for (const queue of queues) {
    asked.push(channel.deleteQueue(names.queue(queue)), channel.deleteQueue(names.dead(queue)))
    for (const level of rungs) asked.push(channel.deleteQueue(names.rung(queue, level)))
  }
  asked.push(
    channel.deleteExchange(names.dueExchange),
    ...rungs.map((level) => channel.deleteExchange(names.rungExchange(level))),
  )
  await Promise.all(asked)
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (listening: boolean) => (socket.destroy(), resolve(listening))
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}

/** A place of this test alone, its driver opened; what is made there is gone when the test has finished. */
export interface RabbitmqWorld extends RabbitmqPlace {
  /** One more driver: another worker or client. `url` may be that of a proxy. */
  open(options?: RabbitmqOptions): Promise<Hand>
  /** As anybody's program has it. */
  channel: Channel
}

export async function rabbitmqWorld(server = shared!): Promise<RabbitmqWorld> {
  const place = rabbitmqPlace(server)
  const hands: Hand[] = []
  const model = await connectAmqp(server, { noDelay: true })
  model.on('error', () => {})
  onTestFinished(async () => {
    await Promise.all(hands.map(({ driver }) => driver.close()))
    await place.remove(['q', 'r'])
    // Who tests what becomes of connections has ended this one too.
    await model.close().catch(() => {})
  })
  return {
    ...place,
    channel: await model.createChannel(),
    async open(options = {}) {
      const { url, prefix, queueArguments } = place
      const hand = new Hand(rabbitmqDriver({ url, prefix, queueArguments, ...options }))
      hands.push(hand)
      return hand.open()
    },
  }
}

let own: Promise<RabbitmqServer> | undefined

/** A broker of this file alone: it takes a while to start. Skips the test where there is none to start. */
export async function ownRabbitmq(context: TestContext): Promise<RabbitmqServer> {
  if (!hasRabbitmqServer()) {
    if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
    context.skip(needs)
  }
  own ??= RabbitmqServer.start({ terms: ['{channel_tick_interval, 500}'] })
  return own
}

/** At the end of a file that used one. */
export const endOwnRabbitmq = (): void =>
  afterAll(async () => {
    await (await own)?.[Symbol.asyncDispose]()
  })

/** A job of queue `q`. */
export const aJob = (fields: Partial<StoredJob> = {}): StoredJob => ({
  id: randomBytes(8).toString('hex'),
  queue: 'q',
  name: 'work',
  priority: 5,
  body: '{"v":1}',
  ...fields,
})
