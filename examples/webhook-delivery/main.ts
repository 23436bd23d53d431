/**
 * Webhook delivery: every event reaches its receiver, however rude the receiver is.
 *
 * One receiver answers at once, one says 503 and when to come back, one is gone for good. Each is a group with a rate of
 * its own, so that the slow one delays nobody else.
 */
import { connect } from 'fiber-work'
import deliver from './deliver.ts'
import { openReceiver } from './receiver.ts'

await using prompt = await openReceiver('prompt')
await using moody = await openReceiver('moody')
await using gone = await openReceiver('gone')
await using client = await connect('memory:')

for (const { url } of [prompt, moody, gone]) {
  const events = Array.from({ length: 20 }, (_, number) => ({ url, event: { id: `${url}#${number}`, number } }))
  await client.enqueueMany(deliver, events)
}
// A caller that is not sure whether its first try arrived may say it again: the event's id is the unique key.
const again = await client.enqueue(deliver, { url: prompt.url, event: { id: `${prompt.url}#0`, number: 0 } })
console.log(`the same event once more: ${again.outcome}`)

const worker = await client.work([deliver], { concurrency: 1_000 })
await worker.idle({ delayed: true }) // `delayed`: retries are waited for as well

for (const { name, url, requests, events } of [prompt, moody, gone]) {
  const jobs = (await client.list({ group: new URL(url).host })).jobs
  const delivered = jobs.filter(({ state }) => state === 'done').length
  const given = jobs.filter(({ state }) => state === 'dead').length
  console.log(`${name.padEnd(7)} ${delivered} delivered, ${given} given up; ${requests()} requests, ${events()} events`)
}
