import assert from 'node:assert/strict'
import type { Inspector, JobFilter, JobPage } from '../../src/contract/index.ts'
import { inspectorOf, lawIf } from './law.ts'
import type { Concern, Trial } from './law.ts'

const can = { inspector: true } as const

/** All pages, each bounded by `readMax`. */
async function pagesOf(inspector: Inspector, filter: JobFilter, limit: number, readMax: number): Promise<JobPage[]> {
  const pages: JobPage[] = []
  let cursor: string | undefined
  do {
    const page = await inspector.list(filter, { limit, readMax, ...(cursor !== undefined && { cursor }) })
    pages.push(page)
    cursor = page.cursor
    assert.ok(pages.length <= 200, `${pages.length} pages, and no end of it`)
  } while (cursor !== undefined)
  return pages
}

const idsOn = (pages: JobPage[]): string[] => pages.flatMap(({ jobs }) => jobs.map(({ job }) => job.id))

/** 240 jobs of two queues, of which each thirtieth is a rare one: by name, tag, group and id. */
async function haystack(trial: Trial) {
  const a = await trial.open()
  const jobs = trial.jobs(240).map((job, n) => {
    const queue = n % 2 === 0 ? 'q' : 'r'
    return n % 30 === 7
      ? { ...job, queue, id: `rare-${n}`, name: 'rare', tags: ['rare'], group: 'rare' }
      : { ...job, queue }
  })
  for (let at = 0; at < jobs.length; at += 60) await a.add(...jobs.slice(at, at + 60))
  return { inspector: inspectorOf(a), hand: a }
}

const rare: JobFilter[] = [
  { name: 'rare' },
  { tag: 'rare' },
  { group: 'rare' },
  { idPrefix: 'rare' },
  { queue: 'r', name: 'rare' },
]

export const search: Concern = {
  name: 'search',
  laws: [
    lawIf(can, 'a search that is bounded finds, page by page, what an unbounded one finds', async (trial) => {
      const { inspector } = await haystack(trial)
      for (const filter of [...rare, {}, { queue: 'q' }, { states: ['ready'] }, { errorText: 'none' }] as JobFilter[]) {
        const { jobs, cursor } = await inspector.list(filter, { limit: 500 })
        assert.equal(cursor, undefined)
        const expected = jobs.map(({ job }) => job.id)
        for (const readMax of [25, 1_000]) {
          const pages = await pagesOf(inspector, filter, 7, readMax)
          assert.deepEqual(idsOn(pages), expected, `${JSON.stringify(filter)}, ${readMax}`)
          assert.ok(pages.every(({ jobs }) => jobs.length <= 7))
        }
      }
    }),

    lawIf(
      can,
      'a bounded search looks at about so many jobs, and tells how many and how far it came',
      async (trial) => {
        const { inspector } = await haystack(trial)
        for (const filter of [...rare, { name: 'nobody' }, { errorText: 'nothing' }] as JobFilter[]) {
          let toMs = Infinity
          for (const { read, readToMs } of await pagesOf(inspector, filter, 50, 30)) {
            assert.ok(read !== undefined && read <= 60, `${read} looked at: ${JSON.stringify(filter)}`)
            if (read === 0) continue
            assert.ok(readToMs !== undefined && readToMs <= trial.store.nowMs() + 5, `${readToMs}`)
            // A store may go queue by queue, in each from the newest job on.
            if (filter.queue !== undefined) assert.ok(readToMs <= toMs, `${readToMs} after ${toMs}`)
            toMs = readToMs
          }
        }
      },
    ),

    lawIf(can, 'a bounded search goes on from where it came to, while jobs come and go', async (trial) => {
      const { inspector, hand } = await haystack(trial)
      const first = await inspector.list({ name: 'rare' }, { limit: 50, readMax: 40 })
      if (first.cursor === undefined) return
      await hand.add(trial.job({ name: 'rare' }))
      const rest = ['rare-7', 'rare-37', 'rare-67', 'rare-97', 'rare-127', 'rare-157', 'rare-187', 'rare-217']
        .filter((id) => !idsOn([first]).includes(id))
        .toReversed()
      await inspector.remove(rest.slice(0, 1))
      const found: string[] = []
      for (let cursor: string | undefined = first.cursor; cursor !== undefined;) {
        const page: JobPage = await inspector.list({ name: 'rare' }, { limit: 50, readMax: 40, cursor })
        found.push(...idsOn([page]))
        cursor = page.cursor
      }
      assert.deepEqual(found.toSorted(), rest.slice(1).toSorted())
    }),
  ],
}
