/**
 * Work that computes, beside work that waits: pictures are made small in threads, while a thousand other jobs have the event loop
 * to themselves. One picture loops for ever: its thread is ended, and nobody else hears of it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { connect } from 'fiber-work'
import { broken, ping, thumbnail } from './jobs.ts'

await using client = await connect('memory:')
await using worker = await client.work([thumbnail, broken, ping], { threads: 2 })

const late = monitorEventLoopDelay({ resolution: 5 })
late.enable()
const pictures = await client.enqueueMany(
  thumbnail,
  Array.from({ length: 6 }, (_, seed) => ({ seed, size: 1_000 })),
)
const hopeless = await client.enqueue(broken)
const pings = await client.enqueueMany(ping, Array<undefined>(1_000).fill(undefined))

await Promise.all(pings.map((sent) => sent.result()))
console.log(`pings: ${pings.length} done`)
for (const sent of pictures) {
  const { seed, brightness } = await sent.result()
  console.log(`picture ${seed}: brightness ${brightness}`)
}
const { message } = await hopeless.result().catch((error: Error) => error)
console.log(`broken picture: ${/FW_\w+\]: .*/.exec(message)?.[0]}`)
console.log(`the event loop was late by ${(late.percentile(50) / 1e6 - 5).toFixed(0)} ms in the middle`)
await worker.idle()
