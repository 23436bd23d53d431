/**
 * Hourly event files, in the manner of GitHub Archive: one job a file, downloaded, unpacked and counted as a stream.
 *
 * The archive is a small one that this example makes and serves itself. With `https://data.gharchive.org` instead of
 * `archive.url` the same job reads the real one, in the same few megabytes of memory.
 */
import { connect } from 'fiber-work'
import { openArchive } from './archive.ts'
import countHour, { add, type Totals } from './count-hour.ts'

const hours = Array.from({ length: 24 }, (_, hour) => `2026-01-01-${hour}`)
await using archive = await openArchive({ eventsAnHour: 400, missing: '2026-01-01-13' })
await using client = await connect('memory:')
await using worker = await client.work([countHour], { concurrency: 6 })

const sent = await client.enqueueMany(
  countHour,
  hours.map((hour) => ({ archive: archive.url, hour })),
)
// Asked for twice, read once: the hour is the unique key.
const again = await client.enqueue(countHour, { archive: archive.url, hour: hours[0]! })
console.log(`the first hour once more: ${again.outcome}`)

const ended = await Promise.allSettled(sent.map((job) => job.result()))
const total: Totals = { events: 0, byType: {} }
for (const [index, one] of ended.entries()) {
  if (one.status === 'fulfilled') add(total, one.value)
  else console.log(`${hours[index]}: ${(one.reason as Error).message}`)
}
console.log(
  `${total.events} events in ${ended.filter(({ status }) => status === 'fulfilled').length} of ${hours.length} hours`,
)
for (const [type, count] of Object.entries(total.byType).toSorted(([, one], [, other]) => other - one)) {
  console.log(`${String(count).padStart(6)}  ${type}`)
}
await worker.idle()
