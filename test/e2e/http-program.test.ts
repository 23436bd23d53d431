import { afterAll, beforeAll, expect, test } from 'vitest'
import { installation } from '../support/redis-harness.ts'
import { apiClient } from '../../src/client.ts'
import { makeCliProject } from '../support/cli-project.ts'

const project = makeCliProject(['ioredis'])
const count = 100_000

beforeAll(() => {
  project.write(
    'jobs/double.ts',
    `import { defineJob, unchecked } from 'fiber-work'
export default defineJob('double', { input: unchecked<{ n: number }>(), keep: { count: 200_000, ageMs: 600_000 } }, ({ n }) => 2 * n)
`,
  )
})
afterAll(() => project.remove())

test(
  'another program submits 100,000 jobs over HTTP and collects what has become of each',
  { timeout: 120_000 },
  async (context) => {
    const { url, name } = await installation(context)
    const worker = project.start(`--http 127.0.0.1:0 --concurrency 2000 --url ${url}?installation=${name}`)
    await worker.until(/the API is served at (\S+)/)
    const [, served] = /the API is served at (http:[^\s"]+)/.exec(worker.said.stderr)!
    const api = apiClient(served!)
    const sent = await api.jobs.submitMany(Array.from({ length: count }, (_, n) => ({ name: 'double', input: { n } })))
    const ids = sent.map((one) => (one.outcome === 'refused' ? one.problem.detail : one.id))
    expect(new Set(ids).size).toBe(count)
    const place = new Map(ids.map((id, n) => [id, n]))
    const wrong: unknown[] = []
    let seen = 0
    for await (const { id, state, result } of api.jobs.results(ids)) {
      seen++
      if (state !== 'done' || result !== 2 * place.get(id)!) wrong.push({ id, state, result })
    }
    expect([seen, wrong]).toEqual([count, []])
    expect(await api.queues.get('default')).toMatchObject({ ready: 0, running: 0, done: count, dead: 0 })
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ end: 0 })
  },
)
