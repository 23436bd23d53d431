import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, defineJob, Snooze, unchecked } from 'fiber-work'

type Counts = Record<string, number>

export const countWords = defineJob(
  'count-words',
  { input: unchecked<{ words: string[] }>() },
  async ({ words }, job) => {
    const counts: Counts = {}
    for (const [index, word] of words.entries()) {
      counts[word] = (counts[word] ?? 0) + 1
      if (index % 200 > 0) continue
      job.progress(Math.round((100 * index) / words.length))
      await sleep(20, undefined, { signal: job.signal }) // so that there is something to see
    }
    return counts
  },
)

/** These two need a client to look at other jobs: they are made where there is one. */
export function makeJobs(client: Client) {
  const gather = defineJob('gather', { input: unchecked<{ ids: string[] }>() }, async ({ ids }) => {
    const parts = await client.find(ids)
    const lost = parts.find((part) => part === undefined || part.state === 'dead')
    if (lost !== undefined) throw new Error(`a part is dead: ${lost.error}`)
    // It comes back later instead of waiting here: a waiting handler holds a slot that a part may need.
    if (parts.some((part) => part?.state !== 'done')) throw new Snooze(100)
    const total: Counts = {}
    for (const part of parts) {
      for (const [word, count] of Object.entries(JSON.parse(part?.result ?? '{}') as Counts)) {
        total[word] = (total[word] ?? 0) + count
      }
    }
    return total
  })

  const split = defineJob('split', { input: unchecked<{ text: string; parts: number }>() }, async (input, job) => {
    const words = input.text.split(' ')
    const size = Math.ceil(words.length / input.parts)
    const ids: string[] = []
    for (let start = 0; start < words.length; start += size) {
      ids.push(await job.enqueue(countWords, { words: words.slice(start, start + size) }))
    }
    // The key makes sure that nobody gathers the same parts twice at once.
    const gatherId = await job.enqueue(gather, { ids }, { unique: `gather:${job.id}` })
    return { gatherId }
  })

  return { split, gather }
}
