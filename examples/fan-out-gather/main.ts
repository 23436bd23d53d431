/**
 * Fan out and gather: one job splits a text, many jobs count words, one job adds up.
 *
 * The parts and the gathering job ride on the verdict of the job that splits: all of them exist, or none, whatever crashes
 * in between. (Batches, chains and graphs with callbacks are planned; this is what one does without them.)
 */
import { connect } from 'fiber-work'
import { countWords, makeJobs } from './jobs.ts'

const phrase = ['the', 'quick', 'fox', 'jumps']
const text = Array.from({ length: 24_000 }, (_, number) => phrase[number % 4]).join(' ')

await using client = await connect('memory:')
const { split, gather } = makeJobs(client)
await using worker = await client.work([split, countWords, gather], { concurrency: 4, beatMs: 100 })

const sent = await client.enqueue(split, { text, parts: 12 })
const { gatherId } = await sent.result()

// `progress` is carried to the store with the worker's beats: anybody may look.
const looking = setInterval(() => {
  void client.list({ name: 'count-words' }).then(({ jobs }) => {
    const parts = jobs.toReversed().map(({ state, progress }) => (state === 'done' ? '100 %' : `${progress ?? 0} %`))
    console.log(parts.join('  '))
  })
}, 200)
const counts = await client.job(gatherId).result()
clearInterval(looking)
console.log(counts)
console.log(`attempts of the gathering job that counted: ${(await client.job(gatherId).status())?.attempts}`)
await worker.idle()
