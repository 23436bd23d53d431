import { connect as connectNats } from '@nats-io/transport-node'
import { connect, defineJob, registerDriver, unchecked } from 'fiber-work'
import nats from './index.ts'

// Jobs on NATS JetStream, by a driver that fiber-work does not bring.
registerDriver(nats)

const server = process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222'
const prefix = `example-${process.pid}`

const answers: string[] = []
const ping = defineJob(
  'ping',
  { input: unchecked<{ host: string }>(), backoff: { kind: 'fixed', baseMs: 100 } },
  ({ host }, { attempt }) => {
    if (host === 'moody' && attempt === 1) throw new Error('no answer')
    answers.push(`${host} answers, attempt ${attempt}`)
  },
)

await using client = await connect(`${server}?prefix=${prefix}`)
const worker = await client.work([ping])
await client.enqueueMany(
  ping,
  ['one', 'two', 'moody'].map((host) => ({ host })),
)
await client.enqueue(ping, { host: 'late' }, { delayMs: 500 })

// Somebody who knows nothing of fiber-work: nats pub PREFIX.in.ping '{"host":"plain"}'
const anybody = await connectNats({ servers: new URL(server).host })
anybody.publish(`${prefix}.in.ping`, '{"host":"plain"}')
await anybody.drain()

await worker.idle({ delayed: true })
console.log(answers.toSorted().join('\n'))
const [depth] = await client.depth(['default'])
console.log(`ready ${depth!.ready}, running ${depth!.running}, delayed ${depth!.delayed}`)
await worker.stop()

const { removeStreams } = await import('./harness.ts')
const { placeOf } = await import('./url.ts')
await removeStreams(placeOf(`${server}?prefix=${prefix}`))
